"""Dense labels: a value, or several, in every pixel."""

from typing import Literal

import cv2
import numpy as np

from xdomain_keras.data.fault import DataFault, other_size
from xdomain_keras.data.labels.label import Label, as_array, require_range, require_whole
from xdomain_keras.signatures import check_choices


class DenseLabel(Label):
    """A map over the image under one sample key, `[H, W]` or `[H, W, C]`.

    Args:
        name: of the kind, and its sample key unless `key` is given.
        values: `"continuous"` numbers are interpolated when the image is resized; `"categorical"` ones, and those that
            have an `unknown` value, are taken from the nearest pixel, so that no value is made up.
        dtype: of the numbers; None for float32 where continuous, int32 where categorical.
        channels: C; 0 for maps without that axis, None for any number of them.
        unknown: the value of a pixel about which nothing is known; None where all pixels are known.
        least: the smallest number that is right; None for no bound.
        most: the largest; None for no bound.
        key: of the sample.
        names_are: see `Label`; `"classes"` where the numbers index names.

    Example:

    >>> albedo = DenseLabel("albedo", channels=3, least=0.0, most=1.0)
    >>> albedo.flip({"albedo": np.float32([[[1, 0, 0], [0, 0, 0]]])}, (1, 2), axis=1)["albedo"][0, 1].tolist()
    [1.0, 0.0, 0.0]
    """

    def __init__(
        self,
        name,
        values: Literal["continuous", "categorical"] = "continuous",
        dtype=None,
        channels=0,
        unknown=None,
        least=None,
        most=None,
        key=None,
        names_are="",
    ):
        check_choices(DenseLabel, values=values)
        dtype = dtype or (np.float32 if values == "continuous" else np.int32)
        self.key, self.channels = key or name, channels
        super().__init__(name, {self.key: (dtype, 2 if channels == 0 else 3)}, names_are=names_are)
        self.is_map = True
        self.unknown, self.least, self.most = unknown, least, most
        self.nearest = values == "categorical" or unknown is not None
        if most is None and np.issubdtype(dtype, np.integer):
            self.most = int(np.iinfo(dtype).max)

    def check(self, arrays, size, file, field=None, names=()):
        field = self.key if field is None else field
        value = as_array(arrays[self.key], *self.keys[self.key], file, field, self.channels or 0)
        if message := other_size(value.shape[:2], size):
            raise DataFault(file, field, message)
        return {self.key: self.check_values(value, file, field, names).astype(self.keys[self.key][0], copy=False)}

    def check_values(self, value, file, field, names):
        """The map as samples hold it, or a fault where it has values that the kind cannot have."""
        require_whole(value, self.keys[self.key][0], file, field)
        most = len(names) - 1 if self.names_are == "classes" and names else self.most
        require_range(value if self.unknown is None else value[value != self.unknown], self.least, most, file, field)
        return value

    def resize(self, arrays, old, new):
        return {key: self.resize_map(value, new) for key, value in arrays.items()}

    def resize_map(self, value, size):
        """One map at another size."""
        shrinks = size[0] * size[1] < value.shape[0] * value.shape[1]
        smooth = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        resized = cv2.resize(value, size[::-1], interpolation=cv2.INTER_NEAREST if self.nearest else smooth)
        return resized.reshape(*size, *value.shape[2:])  # OpenCV drops the axis of a single channel

    def flip(self, arrays, size, axis):
        return {key: np.ascontiguousarray(np.flip(value, axis)) for key, value in arrays.items()}

    def crop(self, arrays, window):
        left, top, width, height = window
        return {key: value[top : top + height, left : left + width] for key, value in arrays.items()}
