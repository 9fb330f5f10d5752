"""Base of the readers of fixation points."""

from typing import Literal

import numpy as np

from xdomain_keras.data.file_names import FileNames
from xdomain_keras.data.labels import FIXATIONS
from xdomain_keras.data.readers.boxes import is_finite
from xdomain_keras.data.readers.image_folder import ImageFolder
from xdomain_keras.errors import DataError
from xdomain_keras.signatures import check_choices


class Fixations(ImageFolder):
    """Images with the fixation points of several viewers; what `FixationList` and `FixationMat` share.

    Args:
        images: path of the folder of images.
        file: path of the file of fixations.
        outside: `"error"` makes points outside their image a fault (one for each viewer of an image, naming
            the first), `"drop"` leaves such points out. Points lie in [0, width) x [0, height).

    Raises:
        DataError: the folder cannot be read.

    Example:

    >>> import os, tempfile, cv2
    >>> folder = tempfile.mkdtemp()
    >>> _ = cv2.imwrite(os.path.join(folder, "a.png"), np.zeros((20, 30, 3), np.uint8))
    >>> source = Fixations(folder, "memory")
    >>> source.set_fixations([("a.png", "a.png", [("a.png[0]", [[3.5, 4.0], [31, 4]])])])
    >>> print(source.faults[0])
    memory: a.png[0][1]: [31, 4] is outside the image of 30 x 20 px; correct it, or set outside: drop.
    """

    def __init__(self, images: str, file: str, outside: Literal["error", "drop"] = "error"):
        check_choices(Fixations, outside=outside)
        super().__init__(images, labels=[FIXATIONS])
        self.file, self.outside = file, outside

    def set_fixations(self, entries):
        """Check the fixations of all images and keep the sound ones.

        Args:
            entries: iterable of `(file name, field, viewers)`, where `viewers` is a list of
                `(field, points)` and `points` a list of [x, y] in pixels.

        Raises:
            DataError: no image is left.
        """
        rows = {name: row for row, name in enumerate(self.ids)}
        seen, sound = set(), {}
        files = FileNames(self.ids)
        for given, field, viewers in entries:
            name = files.find(given)
            if name is None:
                message = f"{given!r} is not in {self.images}; add the image or remove the entry."
                self.add_fault(self.file, field, message)
            elif name in seen:
                self.add_fault(self.file, field, f"{name!r} comes twice; remove one entry.")
            else:
                seen.add(name)
                try:
                    size = self.read_image_size(rows[name])
                except DataError as error:
                    self.faults.append(error.fault)
                    continue
                points = [self._check_points(points, field, *size) for field, points in viewers]
                sound[name] = np.concatenate([np.zeros((0, 2)), *points]).astype(np.float32)
        for name in self.ids:
            if name not in seen:
                self.add_fault(self.file, name, "the image has no entry; add its fixations or remove the image.")
        self.ids = [name for name in self.ids if name in sound]
        self.require_images()
        self._fixations = [sound[name] for name in self.ids]

    def read_labels(self, index):
        return {"fixations_xy": self._fixations[index]}

    def _check_points(self, points, field, height, width):
        """Return the sound points of one viewer as `[n, 2]`, the faults noted."""
        if not isinstance(points, list):
            self.add_fault(self.file, field, f"{points!r}; expected a list of [x, y].")
            return np.zeros((0, 2))
        kept = []
        for row, point in enumerate(points):
            if isinstance(point, list) and len(point) == 2 and is_finite(point[0]) and is_finite(point[1]):
                kept.append(row)
            else:
                message = f"{str(point):.60}; expected [x, y], two finite numbers in pixels."
                self.add_fault(self.file, f"{field}[{row}]", message)
        array = np.array([points[row] for row in kept], np.float64).reshape(-1, 2)
        inside = np.all((array >= 0) & (array < (width, height)), axis=1)
        if self.outside == "error" and not inside.all():
            first, rest = kept[int(np.argmin(inside))], int((~inside).sum()) - 1
            more = f" (and {rest} more of this viewer)" if rest else ""
            message = f"{points[first]} is outside the image of {width} x {height} px{more}; correct it, "
            self.add_fault(self.file, f"{field}[{first}]", message + "or set outside: drop.")
        return array[inside]
