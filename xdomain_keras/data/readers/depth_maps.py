"""Reader of depth as one map an image."""

import numpy as np

from xdomain_keras.data.images import read_stored
from xdomain_keras.data.readers.label_files import LabelFiles
from xdomain_keras.data.readers.masks import require_one_channel
from xdomain_keras.data.readers.npy_file import read_npy
from xdomain_keras.data.source import DataFault
from xdomain_keras.errors import ConfigError

SUFFIXES = (".png", ".tif", ".tiff", ".npy")


class DepthMaps(LabelFiles):
    """Images with one depth map each, of the same stem and size (`LabelFiles`); 0 is unknown.

    Args:
        images: path of the folder of images, or `folder/*end`.
        maps: path of the folder of maps, or `folder/*end`: PNG or TIFF of 8 or 16 bits, TIFF of floats, or npy.
        scale: metres that a stored 1 stands for, as 0.001 for millimetres and 1/256 = 0.00390625 for KITTI.
        disparity: the maps are disparities as of Cityscapes, `(value - 1) / 256` pixels; the samples then hold
            disparities times `scale` where the others hold metres (the paper 002's "depth" of Cityscapes).
        missing: `"error"`, `"absent"` or `"drop"` where image or map has no partner (see `LabelFiles`).

    Raises:
        ConfigError: `scale` is not above 0.
        DataError: a folder cannot be read, or no image has a map.

    Example:

    >>> import os, tempfile, cv2
    >>> folder = tempfile.mkdtemp()
    >>> _ = cv2.imwrite(os.path.join(folder, "a.jpg"), np.zeros((1, 3, 3), np.uint8))
    >>> _ = cv2.imwrite(os.path.join(folder, "a.png"), np.uint16([[0, 1500, 10000]]))
    >>> DepthMaps(os.path.join(folder, "*.jpg"), os.path.join(folder, "*.png"), scale=0.001)[0]["depth_meters"]
    array([[ 0. ,  1.5, 10. ]], dtype=float32)
    """

    def __init__(self, images: str, maps: str, scale: float = 0.001, disparity: bool = False, missing: str = "error"):
        if not scale > 0:
            raise ConfigError(f"scale: {scale}; expected the metres of a stored 1, above 0.")
        self.scale, self.disparity = scale, disparity
        super().__init__(images, maps, ("depth_meters",), SUFFIXES, missing)

    def read_file_size(self, path):
        return read_npy(path, mmap_mode="r").shape[:2] if path.endswith(".npy") else super().read_file_size(path)

    def read_file(self, path):
        stored = read_npy(path) if path.endswith(".npy") else read_stored(path)
        stored = require_one_channel(stored, path, " of depth")
        if self.disparity:
            known = stored > 0
            return {"depth_meters": check_depth(np.where(known, (stored - 1.0) / 256 * self.scale, 0), path)}
        return {"depth_meters": check_depth(stored * np.float64(self.scale), path)}


def check_depth(depth, path, field=""):
    """Depth as samples hold it, float32, or a fault.

    Args:
        depth: numbers `[H, W]` in metres, 0 where unknown.
        path, field: str, where it comes from.

    Returns:
        float32 `[H, W]`.

    Raises:
        DataFault: not a finite number, or below 0; names the first such pixel.

    Example:

    >>> check_depth(np.array([[2.0, np.nan]]), "a.npy")
    Traceback (most recent call last):
    xdomain_keras.data.source.DataFault: a.npy: pixel [1, 0]: depth nan (1 such pixels); expected metres, or 0 ...
    """
    wrong = ~(np.isfinite(depth) & (depth >= 0))
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        place = f"{field}, pixel [{column}, {row}]" if field else f"pixel [{column}, {row}]"
        message = f"depth {depth[row, column]:g} ({wrong.sum()} such pixels); expected metres, or 0 where unknown."
        raise DataFault(path, place, message)
    return depth.astype(np.float32)
