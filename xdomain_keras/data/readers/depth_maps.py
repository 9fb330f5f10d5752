"""Reader of depth as one map an image."""

import numpy as np

from xdomain_keras.data.fault import DataFault
from xdomain_keras.data.images import read_stored
from xdomain_keras.data.labels import DEPTH
from xdomain_keras.data.readers.label_files import LabelFiles, Missing
from xdomain_keras.data.readers.masks import require_one_channel
from xdomain_keras.data.readers.npy_file import read_npy
from xdomain_keras.errors import ConfigError

SUFFIXES = (".png", ".tif", ".tiff", ".npy")


class DepthMaps(LabelFiles):
    """Images with one depth map each, of the same stem and size (`LabelFiles`); 0 is unknown.

    Args:
        images: path of the folder of images, or a `FilePattern`.
        maps: path of the folder of maps, or a `FilePattern`: PNG or TIFF of 8 or 16 bits, TIFF of floats, or npy.
        scale: metres that a stored 1 stands for, as 0.001 for millimetres and 1/256 = 0.00390625 for KITTI.
        disparity: the maps are disparities as of Cityscapes, `(value - 1) / 256` pixels; the samples then hold
            disparities times `scale` where the others hold metres (the paper 002's "depth" of Cityscapes).
        focal_baseline: makes metres of disparities, `focal_baseline / disparity`: the focal length in pixels times the
            baseline in metres, 473.56 for Cityscapes (2262.52 · 0.209313).
        color_range: the maps are written over the colours, as by CARLA and SYNTHIA-SF, and this is the depth of a
            white pixel: `color_range · (R + 256 G + 65536 B) / (2^24 - 1)` metres; 1000 for CARLA. Instead of `scale`.
        missing: `"error"`, `"absent"` or `"drop"` where image or map has no partner (see `LabelFiles`).

    Raises:
        ConfigError: a number is not above 0, or options do not fit each other.
        DataError: a folder cannot be read, or no image has a map.

    Example:

    >>> import os, tempfile, cv2
    >>> folder = tempfile.mkdtemp()
    >>> _ = cv2.imwrite(os.path.join(folder, "a.jpg"), np.zeros((1, 3, 3), np.uint8))
    >>> _ = cv2.imwrite(os.path.join(folder, "a.png"), np.uint16([[0, 1500, 10000]]))
    >>> DepthMaps(os.path.join(folder, "*.jpg"), os.path.join(folder, "*.png"), scale=0.001)[0]["depth_meters"]
    array([[ 0. ,  1.5, 10. ]], dtype=float32)
    """

    def __init__(
        self,
        images: str,
        maps: str,
        scale: float = 0.001,
        disparity: bool = False,
        focal_baseline: float | None = None,
        color_range: float | None = None,
        missing: Missing = "error",
    ):
        if not scale > 0:
            raise ConfigError(f"scale: {scale}; expected the metres of a stored 1, above 0.")
        for name, value in (("focal_baseline", focal_baseline), ("color_range", color_range)):
            if value is not None and not value > 0:
                raise ConfigError(f"{name}: {value}; expected metres above 0, or leave it out.")
        if focal_baseline and not disparity:
            raise ConfigError(f"focal_baseline: {focal_baseline} goes with disparity: true; add it, or leave it out.")
        if color_range and disparity:
            raise ConfigError(f"color_range: {color_range} goes with depths, not with disparity: true; leave one out.")
        self.scale, self.disparity = scale, disparity
        self.focal_baseline, self.color_range = focal_baseline, color_range
        super().__init__(images, maps, [DEPTH], SUFFIXES, missing)

    def read_file_size(self, path):
        return read_npy(path, mmap_mode="r").shape[:2] if path.endswith(".npy") else super().read_file_size(path)

    def read_file(self, path):
        stored = read_npy(path) if path.endswith(".npy") else read_stored(path)
        if self.color_range:
            if stored.ndim != 3 or stored.dtype != np.uint8:
                message = f"{stored.dtype} of shape {stored.shape}; expected three colours of 8 bits for color_range."
                raise DataFault(path, "", message)
            levels = stored.astype(np.float64) @ [1, 256, 65536]
            return {"depth_meters": self.color_range * levels / (2**24 - 1)}
        stored = require_one_channel(stored, path, " of depth")
        if self.disparity:
            disparity = np.maximum(stored - 1.0, 0) / 256
            if self.focal_baseline:  # infinitely far is not known, as 0 says
                far = np.divide(self.focal_baseline, disparity, out=np.zeros_like(disparity), where=disparity > 0)
                return {"depth_meters": far}
            return {"depth_meters": disparity * self.scale}
        return {"depth_meters": stored * np.float64(self.scale)}
