"""Reader of fixation points in a JSON file."""

from typing import Literal

from xdomain_keras.data.fault import DataFault
from xdomain_keras.data.readers.fixations import Fixations
from xdomain_keras.data.readers.json_file import read_json


class FixationList(Fixations):
    """Fixations in a JSON file: `{file name: [[[x, y], …] for each viewer]}`, in pixels of the image.

    The file must name every image of the folder; a viewer may have no fixation.

    Args:
        images: path of the folder of images; the file names are relative to it.
        fixations: path of the JSON file.
        outside: `"error"` or `"drop"`: what to do with points outside their image (see `Fixations`).

    Raises:
        DataError: the file cannot be read, or nothing in it can be used.

    Example:

    >>> import json, os, tempfile, cv2
    >>> folder = tempfile.mkdtemp()
    >>> _ = cv2.imwrite(os.path.join(folder, "a.png"), np.zeros((20, 30, 3), np.uint8))
    >>> with open(os.path.join(folder, "gaze.json"), "w") as file:
    ...     json.dump({"a.png": [[[3.5, 4.0]], [[1, 2], [8, 9]]]}, file)
    >>> FixationList(folder, os.path.join(folder, "gaze.json"))[0]["fixations_xy"].shape
    (3, 2)
    """

    def __init__(self, images: str, fixations: str, outside: Literal["error", "drop"] = "error"):
        super().__init__(images, fixations, outside)
        entries = read_json(fixations, object_pairs_hook=_Pairs)
        if not isinstance(entries, _Pairs) or not entries:
            given = "empty" if isinstance(entries, (list, _Pairs)) and not entries else type(entries).__name__
            raise DataFault(fixations, "", f"{given}; expected an object with one entry an image.")
        self.set_fixations(self._read_entries(entries))

    def _read_entries(self, entries):
        for name, viewers in entries:
            if not isinstance(viewers, list) or isinstance(viewers, _Pairs):
                message = f"{str(viewers):.60}; expected a list of viewers, each a list of [x, y]."
                self.add_fault(self.file, name, message)
                viewers = []
            yield name, name, [(f"{name}[{row}]", points) for row, points in enumerate(viewers)]


class _Pairs(list):
    """A JSON object as its pairs, so that a key that comes twice is seen."""
