"""Reader of surface normals as one map an image."""

import numpy as np

from xdomain_keras.data.images import read_stored
from xdomain_keras.data.readers.label_files import LabelFiles, Missing
from xdomain_keras.data.readers.npy_file import read_npy
from xdomain_keras.data.source import DataFault, first_pixel
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
        super().__init__(images, maps, ("normals",), (".png", ".tif", ".tiff", ".npy"), missing)

    def read_file_size(self, path):
        return read_npy(path, mmap_mode="r").shape[:2] if path.endswith(".npy") else super().read_file_size(path)

    def read_file(self, path):
        if path.endswith(".npy"):
            return {"normals": check_normals(read_npy(path), path, self.axes)}
        colors = read_stored(path)
        if colors.ndim != 3 or colors.dtype.kind != "u":
            raise DataFault(path, "", f"{colors.dtype} of rank {colors.ndim}; expected colours of 8 or 16 bits.")
        known = colors.any(axis=-1, keepdims=True)
        vectors = colors.astype(np.float32) / np.iinfo(colors.dtype).max * 2 - 1
        return {"normals": check_normals(np.where(known, vectors, 0), path, self.axes)}


def check_axes(axes):
    """Three factors of 1 or -1 as float32."""
    if len(axes) != 3 or not set(axes) <= {1, -1}:
        raise ConfigError(f"axes: {list(axes)}; expected three factors of 1 or -1, for x, y and z.")
    return np.float32(axes)


def check_normals(normals, path, axes=(1, 1, 1), field=""):
    """Normals as samples hold them, float32 of length 1 or 0, or a fault.

    Args:
        normals: numbers `[H, W, 3]`, 0 where unknown.
        path, field: str, where they come from.
        axes: three factors of 1 or -1.

    Returns:
        float32 `[H, W, 3]`.

    Raises:
        DataFault: another shape, not finite, lengths that are not 1, or most of them turned away from the camera.

    Example:

    >>> check_normals(np.array([[[0.0, 0.0, 0.98]]]), "a.npy", axes=(1, -1, -1)).tolist()
    [[[0.0, 0.0, -1.0]]]
    """
    if normals.ndim != 3 or normals.shape[-1] != 3:
        raise DataFault(path, field, f"shape {normals.shape}; expected normals of [H, W, 3].")
    normals = normals.astype(np.float32)
    lengths = np.linalg.norm(normals, axis=-1, keepdims=True)
    wrong = ~(lengths[..., 0] < 2)  # interpolation shortens single vectors, and 8 bits lengthen them a little
    if wrong.any():
        row, column, place = first_pixel(wrong, field)
        message = f"{normals[row, column].tolist()} ({wrong.sum()} such pixels); expected vectors of length 1, or 0"
        raise DataFault(path, place, f"{message} where unknown.")
    known = lengths > 0.1  # the middle grey that some files have for unknown is not quite 0
    amiss = part_of((np.abs(lengths - 1) > 0.1)[known])
    if amiss > 0.25:  # 8 bits and interpolation shorten few of them so much
        coded = ", as 2 n - 1 makes of (n + 1) / 2" if (normals >= 0).all() else ""
        middle = f"{np.median(lengths[known]):.2f} at the median"
        message = f"{amiss:.0%} of the vectors are not of length 1 ({middle}); expected that{coded}."
        raise DataFault(path, field, message)
    normals = normals * np.float32(axes)
    away = part_of((normals[..., 2:] > 0)[known])
    if away > 0.95:  # a mirrored frame, which axes can mend; less may be a frame of another kind
        mend = "turn what differs by the reader's axes, as [1, -1, -1]"
        raise DataFault(path, field, f"{away:.0%} of the normals face away from the camera, z > 0; {mend}.")
    return np.where(known, normals / np.maximum(lengths, 0.1), np.float32(0))


def part_of(flags):
    """Which part of some flags is set; 0 of none."""
    return float(np.mean(flags)) if flags.size else 0.0
