"""The images that a text file names."""

import os

from xdomain_keras.data.source import DataFault, Rows


class Listed(Rows):
    """The images of another source that a text file names, in its order, as `ImageSets/*.txt` of PASCAL.

    A line holds the id of an image, with or without suffix; what follows after a space is not read.

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
            with open(path, encoding="utf-8") as file:
                lines = file.read().splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise DataFault(path, "", f"cannot be read ({error}); expected a text file, one image a line.") from None
        places = {os.path.splitext(name)[0]: index for index, name in enumerate(source.ids)}
        places |= {name: index for index, name in enumerate(source.ids)}
        indices = {}
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            name = line.split()[0]
            if name not in places:
                message = f"{name!r} is no image with labels, as {source.ids[0]!r} is; add it or strike the line."
                raise DataFault(path, f"line {number}", message)
            if places[name] in indices:
                raise DataFault(path, f"line {number}", f"{name!r} comes twice; strike one line.")
            indices[places[name]] = number
        if not indices:
            raise DataFault(path, "", "names no image; expected one a line.")
        self.take(source, list(indices))
