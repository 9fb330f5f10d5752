"""Reader of keypoints as one list of points an image."""

import re

import numpy as np

from xdomain_keras.data.fault import DataFault
from xdomain_keras.data.labels import KEYPOINTS
from xdomain_keras.data.readers.label_files import LabelFiles, Missing
from xdomain_keras.data.readers.npy_file import read_npy
from xdomain_keras.errors import ConfigError


class KeypointFiles(LabelFiles):
    """Images with one file of points each, of the same stem (`LabelFiles`): a row of numbers a keypoint.

    A row is `x y`, `x y depth` or `x y depth visibility` (0 = not known), in pixels from the corner of the image. A
    depth of 0 is not known; relative ones may lie on both sides of it, so that -1 is a depth. Read are npy files, text
    files, and the pts files of 300-W (Sagonas et al. 2013), in which the centre of the first pixel is 1.

    Args:
        images: path of the folder of images, or a `FilePattern`.
        points: path of the folder of files (npy, txt, pts), or a `FilePattern`.
        names: of the keypoints, in the order of the rows. A flip exchanges what differs in `left` and `right` alone.
        missing: `"error"`, `"absent"` or `"drop"` where an image or a file has no partner (see `LabelFiles`).

    Raises:
        ConfigError: no names.
        DataError: a folder cannot be read, or no image has a file.

    Example:

    >>> import os, tempfile, cv2
    >>> folder = tempfile.mkdtemp()
    >>> _ = cv2.imwrite(os.path.join(folder, "a.jpg"), np.zeros((4, 6, 3), np.uint8))
    >>> np.save(os.path.join(folder, "a.npy"), [[1.5, 2.0, 0.4], [3.0, 2.0, 0.5]])
    >>> source = KeypointFiles(folder, folder, ["left_eye", "right_eye"])
    >>> source.names["keypoints"], source[0]["keypoints"][0].tolist()
    (('left_eye', 'right_eye'), [1.5, 2.0, 0.4000000059604645, 2.0])
    """

    def __init__(self, images: str, points: str, names: list[str], missing: Missing = "error"):
        if not names:
            raise ConfigError("names: none; expected one for each row of a file.")
        super().__init__(images, points, [KEYPOINTS], (".npy", ".txt", ".pts"), missing, {"keypoints": names})

    def read_file_size(self, path):
        return None

    def read_file(self, path):
        points, count = read_points(path), len(self.names["keypoints"])
        if points.ndim != 2 or len(points) != count or not 2 <= points.shape[1] <= 4:
            raise DataFault(
                path, "", f"shape {points.shape}; expected {count} rows of 2 to 4 numbers, one row per name."
            )
        rows = np.zeros((count, 4))
        rows[:, 3] = 2
        rows[:, : points.shape[1]] = points
        return {"keypoints": rows}


def read_points(path):
    """The rows of numbers in an npy, text or pts file, from the corner of the image."""
    if path.endswith(".npy"):
        return read_npy(path)
    try:
        with open(path, encoding="utf-8") as file:
            # What holds no number in front is the frame of a pts file.
            rows = [line.split() for line in file if re.match(r"\s*[-+.\d]", line)]
        points = np.array(rows, np.float64)
    except (OSError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise DataFault(path, "", f"cannot be read ({reason}); expected a row of numbers per keypoint.") from None
    return points - 0.5 if path.endswith(".pts") else points
