"""Reader of fixations that come as one map an image."""

from typing import Literal

import numpy as np

from xdomain_keras.data.fault import DataFault
from xdomain_keras.data.images import IMAGE_SUFFIXES, read_grey
from xdomain_keras.data.labels import FIXATIONS, SALIENCY_MAP
from xdomain_keras.data.readers.label_files import LOSSLESS_SUFFIXES, LabelFiles
from xdomain_keras.signatures import check_choices


class FixationMaps(LabelFiles):
    """Images with one map each, of the same size and file stem: fixation points or a density.

    Args:
        images: path of the folder of images.
        maps: path of the folder of maps; `images/x/a.jpg` belongs to `maps/x/a.png`.
        kind: `"points"`: every pixel above 0 is one fixation, at its centre (`fixations_xy`; PNG, BMP or TIFF
            only). `"density"`: grey levels over the largest of their depth, 255 or 65535 (`saliency_map`).

    Raises:
        DataError: a folder cannot be read, or no image has a map.

    Example:

    >>> import os, tempfile, cv2
    >>> images, maps = tempfile.mkdtemp(), tempfile.mkdtemp()
    >>> _ = cv2.imwrite(os.path.join(images, "a.jpg"), np.zeros((20, 30, 3), np.uint8))
    >>> _ = cv2.imwrite(os.path.join(maps, "a.png"), np.eye(20, 30, dtype=np.uint8) * 255)
    >>> FixationMaps(images, maps)[0]["fixations_xy"][1]
    array([1.5, 1.5], dtype=float32)
    """

    def __init__(self, images: str, maps: str, kind: Literal["points", "density"] = "points"):
        check_choices(FixationMaps, kind=kind)
        label, suffixes = (FIXATIONS, LOSSLESS_SUFFIXES) if kind == "points" else (SALIENCY_MAP, IMAGE_SUFFIXES)
        super().__init__(images, maps, (label,), suffixes)
        self.kind = kind

    def read_file(self, path):
        levels = read_grey(path)
        if self.kind == "points":
            rows, columns = np.nonzero(levels)
            return {"fixations_xy": np.stack([columns, rows], axis=-1).astype(np.float32) + np.float32(0.5)}
        if levels.dtype not in (np.uint8, np.uint16):
            raise DataFault(path, "", f"levels are {levels.dtype}; expected 8 or 16 bits.")
        return {"saliency_map": levels.astype(np.float32) / np.iinfo(levels.dtype).max}
