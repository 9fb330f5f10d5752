"""Depth: the distance of every pixel along the optical axis."""

import numpy as np

from xdomain_keras.data.fault import DataFault, first_pixel
from xdomain_keras.data.labels.dense import DenseLabel


class Depth(DenseLabel):
    """Metres along the optical axis, `depth_meters` float32 `[H, W]`; 0 is unknown.

    Example:

    >>> Depth().zoom({"depth_meters": np.float32([[0, 2]])}, 0.5)["depth_meters"].tolist()
    [[0.0, 1.0]]
    """

    def __init__(self):
        super().__init__("depth", unknown=0.0, least=0.0, key="depth_meters")

    def check_values(self, value, file, field, names):
        wrong = ~(np.isfinite(value) & (value >= 0))
        if wrong.any():
            row, column, place = first_pixel(wrong, field)
            message = f"depth {value[row, column]:g} ({wrong.sum()} such pixels); expected metres, or 0 where unknown."
            raise DataFault(file, place, message)
        return value

    def zoom(self, arrays, factor):
        return {self.key: arrays[self.key] * np.float32(factor)}


DEPTH = Depth()
