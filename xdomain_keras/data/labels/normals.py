"""Normals: which way the surface in every pixel faces."""

import numpy as np

from xdomain_keras.data.fault import DataFault, first_pixel
from xdomain_keras.data.labels.dense import DenseLabel


class Normals(DenseLabel):
    """Unit vectors in the camera's frame (x right, y down, z forward) that point towards the camera.

    `normals`, float32 `[H, W, 3]`; 0 is unknown.

    Example:

    >>> Normals().flip({"normals": np.float32([[[0.6, 0, -0.8]]])}, (1, 1), axis=1)["normals"].round(1).tolist()
    [[[-0.6..., 0.0, -0.8...]]]
    """

    def __init__(self):
        super().__init__("normals", channels=3, unknown=0.0)

    def check_values(self, value, file, field, names):
        """Vectors of length 1, or 0 where unknown; a fault where most are not, or are turned away from the camera."""
        normals = value.astype(np.float32)
        lengths = np.linalg.norm(normals, axis=-1, keepdims=True)
        wrong = ~(lengths[..., 0] < 2)  # interpolation shortens single vectors, and 8 bits lengthen them a little
        if wrong.any():
            row, column, place = first_pixel(wrong, field)
            message = f"{normals[row, column].tolist()} ({wrong.sum()} such pixels); expected vectors of length 1, or 0"
            raise DataFault(file, place, f"{message} where unknown.")
        known = lengths > 0.1  # the middle grey that some files have for unknown is not quite 0
        amiss = part_of((np.abs(lengths - 1) > 0.1)[known])
        if amiss > 0.25:  # 8 bits and interpolation shorten few of them so much
            coded = ", as 2 n - 1 makes of (n + 1) / 2" if one_signed(normals) else ""
            middle = f"{np.median(lengths[known]):.2f} at the median"
            message = f"{amiss:.0%} of the vectors are not of length 1 ({middle}); expected that{coded}."
            raise DataFault(file, field, message)
        away = part_of((normals[..., 2:] > 0)[known])
        if away > 0.95:  # a mirrored frame, which axes can mend; less may be a frame of another kind
            mend = "turn what differs by the reader's axes, as [1, -1, -1]"
            raise DataFault(file, field, f"{away:.0%} of the normals face away from the camera, z > 0; {mend}.")
        return np.where(known, normals / np.maximum(lengths, 0.1), np.float32(0))

    def flip(self, arrays, size, axis):
        normals = super().flip(arrays, size, axis)["normals"]
        normals[..., 1 - axis] *= -1  # x in channel 0 for a mirror along x
        return {"normals": normals}


def one_signed(normals):
    """Whether every channel has numbers of one sign only, as colours have."""
    return all((channel >= 0).all() or (channel <= 0).all() for channel in np.moveaxis(normals, -1, 0))


def part_of(flags):
    """Which part of some flags is set; 0 of none."""
    return float(np.mean(flags)) if flags.size else 0.0


NORMALS = Normals()
