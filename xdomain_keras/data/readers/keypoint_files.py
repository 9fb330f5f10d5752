"""Reader of keypoints as one list of points an image."""

import re

import numpy as np

from xdomain_keras.data.readers.label_files import LabelFiles, Missing
from xdomain_keras.data.readers.npy_file import read_npy
from xdomain_keras.data.source import DataFault
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
    >>> source.keypoint_names, source[0]["keypoints"][0].tolist()
    (('left_eye', 'right_eye'), [1.5, 2.0, 0.4000000059604645, 2.0])
    """

    def __init__(self, images: str, points: str, names: list[str], missing: Missing = "error"):
        if not names:
            raise ConfigError("names: none; expected one for each row of a file.")
        super().__init__(images, points, ("keypoints",), (".npy", ".txt", ".pts"), missing)
        self.keypoint_names = tuple(names)

    def read_file_size(self, path):
        return None

    def read_labels(self, index):
        path = self.paths.get(self.ids[index])
        return {} if path is None else {"keypoints": self.check(self.read_file(path), path, index)}

    def read_file(self, path):
        if path.endswith(".npy"):
            return read_npy(path)
        try:
            with open(path, encoding="utf-8") as file:
                # What holds no number in front is the frame of a pts file.
                rows = [line.split() for line in file if re.match(r"\s*[-+.\d]", line)]
            points = np.array(rows, np.float64)
        except (OSError, ValueError) as error:
            reason = str(error).partition("\n")[0]
            raise DataFault(path, "", f"cannot be read ({reason}); expected a row of numbers a keypoint.") from None
        return points - 0.5 if path.endswith(".pts") else points

    def check(self, points, path, index):
        """Rows as samples hold them, float32 `[K, 4]`, or a fault."""
        count = len(self.keypoint_names)
        if points.ndim != 2 or len(points) != count or not 2 <= points.shape[1] <= 4:
            raise DataFault(path, "", f"shape {points.shape}; expected {count} rows of 2 to 4 numbers, one a name.")
        rows = np.zeros((count, 4))
        rows[:, 3] = 2
        rows[:, : points.shape[1]] = points
        return check_keypoints(rows, path, self.read_image_size(index), self.keypoint_names)


def check_keypoints(rows, path, size, names=(), field=""):
    """Keypoints as samples hold them, or a fault.

    Args:
        rows: numbers `[K, 4]`: x, y in pixels, depth, visibility.
        path, field: str, where they come from.
        size: (height, width) of the image in pixels.
        names: of the keypoints, for the message.

    Returns:
        float32 `[K, 4]`; rows of visibility 0 are 0.

    Raises:
        DataFault: one of another visibility lies outside the image, or has no finite depth.

    Example:

    >>> check_keypoints(np.array([[9.0, 1, 0, 2], [np.nan, 1, 0, 0]]), "a.npy", (4, 6))
    Traceback (most recent call last):
    xdomain_keras.data.source.DataFault: a.npy: keypoint 1: [9.0, 1.0, 0.0, 2.0]; expected a place within the image ...
    """
    height, width = size
    known = rows[:, 3] > 0
    x, y, depth = rows[:, :3].T
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height) & np.isfinite(depth)
    if (known & ~inside).any():
        row = int(np.argmax(known & ~inside))
        name = f" ({names[row]})" if names else ""
        raise DataFault(
            path,
            f"{field and field + ', '}keypoint {row + 1}{name}",
            f"{rows[row].tolist()}; expected a place within the image of {width} x {height} px and a finite depth; "
            "correct it, or give it visibility 0.",
        )
    return np.where(known[:, None], rows, 0).astype(np.float32)
