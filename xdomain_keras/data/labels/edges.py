"""Edges: the lines that people draw between things."""

import cv2
import numpy as np

from xdomain_keras.data.fault import DataFault, other_size
from xdomain_keras.data.labels.dense import DenseLabel
from xdomain_keras.data.labels.label import as_array, require_values


class Edges(DenseLabel):
    """Lines of one pixel: `edges` uint8 `[H, W]`, 1 on an edge and 255 where ignored.

    `boundaries`, uint8 `[H, W, A]`, may stand beside it: the edges as each of A annotators drew them.

    Example:

    >>> Edges().resize({"edges": np.eye(4, dtype=np.uint8)}, (4, 4), (2, 2))["edges"].tolist()
    [[1, 0], [0, 1]]
    """

    def __init__(self):
        super().__init__("edges", "categorical", np.uint8, unknown=255)
        self.keys["boundaries"] = (np.uint8, 3)

    def check(self, arrays, size, file, field=None, names=()):
        checked = {}
        for key, value in arrays.items():
            place = key if field is None else field
            value = as_array(value, *self.keys[key], file, place)
            if message := other_size(value.shape[:2], size):
                raise DataFault(file, place, message)
            require_values(value, (0, 1, 255), file, place)
            if (value == 255).any() and not (value == 1).any():
                raise DataFault(file, place, "255 and no 1; expected 1 on an edge, 255 where ignored.")
            checked[key] = value.astype(np.uint8, copy=False)
        return checked

    def resize_map(self, value, size):
        """A cell is an edge where one of its pixels is, so that thin lines do not break."""
        if value.ndim == 3:  # one channel at a time: OpenCV drops the axis of a single one
            return np.stack([self.resize_map(value[..., index], size) for index in range(value.shape[-1])], axis=-1)
        near = cv2.resize(value, size[::-1], interpolation=cv2.INTER_NEAREST)
        if size[0] * size[1] >= value.size:
            return near
        touched = cv2.resize((value == 1).astype(np.float32), size[::-1], interpolation=cv2.INTER_AREA) > 0
        return np.where(touched, np.uint8(1), near)


EDGES = Edges()
