"""Reader of surface normals as one map an image."""

import numpy as np

from xdomain_keras.data.fault import DataFault
from xdomain_keras.data.images import read_stored
from xdomain_keras.data.labels import NORMALS
from xdomain_keras.data.readers.label_files import LabelFiles, Missing
from xdomain_keras.data.readers.npy_file import read_npy
from xdomain_keras.errors import ConfigError


class NormalMaps(LabelFiles):
    """Images with one map of normals each, of the same stem and size (`LabelFiles`); black is unknown.

    A PNG of 8 or 16 bits holds `(n + 1) / 2` of its largest level, red for x, green for y, blue for z; an npy file
    the vectors. Lengths are made 1. Samples have x to the right, y down and z forward: turn what differs by `axes`.

    Args:
        images: path of the folder of images, or a `FilePattern`.
        maps: path of the folder of maps (PNG, TIFF or npy), or a `FilePattern`.
        axes: three factors, 1 or -1, that turn x, y, z as stored into those of samples.
        missing: `"error"`, `"absent"` or `"drop"` where image or map has no partner (see `LabelFiles`).

    Raises:
        DataError: a folder cannot be read, or no image has a map.

    Example:

    >>> import os, tempfile, cv2
    >>> folder = tempfile.mkdtemp()
    >>> _ = cv2.imwrite(os.path.join(folder, "a.jpg"), np.zeros((1, 2, 3), np.uint8))
    >>> _ = cv2.imwrite(os.path.join(folder, "a.png"), np.uint8([[[0, 128, 128], [0, 0, 0]]]))  # blue first
    >>> NormalMaps(os.path.join(folder, "*.jpg"), os.path.join(folder, "*.png"))[0]["normals"].round()
    array([[[ 0.,  0., -1.],
            [ 0.,  0.,  0.]]], dtype=float32)
    """

    def __init__(self, images: str, maps: str, axes: list[int] = (1, 1, 1), missing: Missing = "error"):
        self.axes = check_axes(axes)
        super().__init__(images, maps, [NORMALS], (".png", ".tif", ".tiff", ".npy"), missing)

    def read_file_size(self, path):
        return read_npy(path, mmap_mode="r").shape[:2] if path.endswith(".npy") else super().read_file_size(path)

    def read_file(self, path):
        if path.endswith(".npy"):
            return {"normals": turn(read_npy(path), self.axes)}
        colors = read_stored(path)
        if colors.ndim != 3 or colors.dtype.kind != "u":
            raise DataFault(path, "", f"{colors.dtype} of rank {colors.ndim}; expected colours of 8 or 16 bits.")
        known = colors.any(axis=-1, keepdims=True)
        vectors = colors.astype(np.float32) / np.iinfo(colors.dtype).max * 2 - 1
        return {"normals": turn(np.where(known, vectors, 0), self.axes)}


def check_axes(axes):
    """Three factors of 1 or -1 as float32."""
    if len(axes) != 3 or not set(axes) <= {1, -1}:
        raise ConfigError(f"axes: {list(axes)}; expected three factors of 1 or -1, for x, y and z.")
    return np.float32(axes)


def turn(vectors, axes):
    """Vectors `[H, W, 3]` in the frame of samples; an array of another shape stays as it is, for its check."""
    return vectors * axes if vectors.ndim == 3 and vectors.shape[-1] == 3 else vectors
