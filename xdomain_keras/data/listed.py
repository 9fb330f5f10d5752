"""The images that a text file names."""

import os

from xdomain_keras.data.fault import DataFault
from xdomain_keras.data.file_names import canonical
from xdomain_keras.data.wrapper import Selected


class Listed(Selected):
    """The images of another source that a text file names, in its order, as `ImageSets/*.txt` of PASCAL.

    A line holds the id of an image, with or without suffix. Names may hold spaces; what follows a name behind a space,
    as the 1 and -1 of PASCAL, is not read.

    Args:
        source: `Source`.
        path: of the text file.

    Raises:
        DataError: the file cannot be read, names no image, one twice, or one that the source does not have.

    Example:

    >>> import os, tempfile
    >>> from xdomain_keras.data import Arrays
    >>> path = os.path.join(tempfile.mkdtemp(), "train.txt")
    >>> _ = open(path, "w").write("b\\na 1\\n")
    >>> Listed(Arrays({"id": ["a.jpg", "b.jpg"], "image": np.zeros((2, 4, 4, 3), np.uint8)}), path).ids
    ['b.jpg', 'a.jpg']
    """

    def __init__(self, source, path):
        try:
            with open(path, encoding="utf-8-sig") as file:
                lines = file.read().splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise DataFault(path, "", f"cannot be read ({error}); expected a text file, one image per line.") from None
        places = {canonical(os.path.splitext(name)[0]): index for index, name in enumerate(source.ids)}
        places |= {canonical(name): index for index, name in enumerate(source.ids)}
        indices = {}
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            place = find_place(line.strip(), places)
            if place is None:
                message = (
                    f"{line.strip()!r} is not an image with labels, as {source.ids[0]!r} is; add it or strike the line."
                )
                raise DataFault(path, f"line {number}", message)
            if place in indices:
                raise DataFault(path, f"line {number}", f"{source.ids[place]!r} comes twice; strike one line.")
            indices[place] = number
        if not indices:
            raise DataFault(path, "", "names no image; expected one per line.")
        super().__init__(source, list(indices))


def find_place(line, places):
    """What a line names: all of it, or as much as stands before one of its spaces; None where that is nothing.

    Example:

    >>> find_place("photo 1.jpg -1", {"photo 1.jpg": 7})
    7
    """
    while line:
        if (name := canonical(line)) in places:
            return places[name]
        line = line.rpartition(" ")[0].rstrip()
    return None
