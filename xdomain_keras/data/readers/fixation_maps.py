"""Reader of fixations that come as one map an image."""

import os

import numpy as np

from xdomain_keras.data.images import IMAGE_SUFFIXES, read_grey, read_image_size
from xdomain_keras.data.readers.image_folder import ImageFolder, list_files
from xdomain_keras.data.readers.names import require_known
from xdomain_keras.data.source import DataError, DataFault

# JPEG would turn the surroundings of a point into points.
LOSSLESS_SUFFIXES = (".bmp", ".png", ".tif", ".tiff")


class FixationMaps(ImageFolder):
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

    def __init__(self, images: str, maps: str, kind: str = "points"):
        require_known("kind", kind, ("points", "density"))
        super().__init__(images, labels=("fixations_xy" if kind == "points" else "saliency_map",))
        self.kind = kind
        suffixes = LOSSLESS_SUFFIXES if kind == "points" else IMAGE_SUFFIXES
        files = {}
        for file in list_files(maps, suffixes):
            stem = os.path.splitext(file)[0]
            if stem in files:
                self.add_fault(os.path.join(maps, file), "", f"same stem as {files[stem]}; remove one of them.")
            files.setdefault(stem, file)
        self._maps, used = [], []
        for row, name in enumerate(self.ids):
            file = files.pop(os.path.splitext(name)[0], None)
            if file is None:
                message = f"no map {os.path.splitext(name)[0]}.* ({', '.join(suffixes)}) in {maps}; add it."
                self.add_fault(self.image_path(row), "", message)
            elif self._has_size_of_image(os.path.join(maps, file), row):
                self._maps.append(os.path.join(maps, file))
                used.append(name)
        for stem, file in files.items():
            self.add_fault(os.path.join(maps, file), "", f"no image {stem}.* in {images}; add it or remove the map.")
        self.ids = used
        self.require_images()

    def read_labels(self, index):
        levels = read_grey(self._maps[index])
        if self.kind == "points":
            rows, columns = np.nonzero(levels)
            return {"fixations_xy": np.stack([columns, rows], axis=-1).astype(np.float32) + np.float32(0.5)}
        if levels.dtype not in (np.uint8, np.uint16):
            raise DataFault(self._maps[index], "", f"levels are {levels.dtype}; expected 8 or 16 bits.")
        return {"saliency_map": levels.astype(np.float32) / np.iinfo(levels.dtype).max}

    def _has_size_of_image(self, path, row):
        try:
            height, width = read_image_size(path)
            expected = self.read_image_size(row)
        except DataError as error:
            self.faults.append(error.fault)
            return False
        if (height, width) != expected:
            message = f"{width} x {height} px, but its image has {expected[1]} x {expected[0]} (width x height)"
            self.add_fault(path, "", f"{message}; export the map in the size of the image.")
        return (height, width) == expected
