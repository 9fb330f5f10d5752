"""Class ids: the class of every pixel."""

import numpy as np

from xdomain_keras.data.fault import DataFault, first_pixel
from xdomain_keras.data.labels.dense import DenseLabel


class ClassIds(DenseLabel):
    """A class index in every pixel, int32 `[H, W]`; -1 is ignored.

    Args:
        name: of the kind, and its sample key.

    Example:

    >>> ClassIds("semantic_ids").check({"semantic_ids": [[0.0, 13.0]]}, (1, 2), "0.npy", "", ["a"] * 13)
    Traceback (most recent call last):
    xdomain_keras.data.fault.DataFault: 0.npy: pixel [1, 0]: class id 13; expected 0 to 12, or -1 where ignored.
    """

    def __init__(self, name):
        super().__init__(name, "categorical", unknown=-1, least=0, names_are="classes")

    def check_values(self, value, file, field, names):
        wrong = ~((value >= -1) & (value < (len(names) or np.inf)) & (value == np.round(value)))
        if wrong.any():
            row, column, place = first_pixel(wrong, field)
            expected = f"0 to {len(names) - 1}" if names else "whole numbers from 0"
            message = f"class id {value[row, column]:g}; expected {expected}, or -1 where ignored."
            raise DataFault(file, place, message)
        return value

    def relabel(self, arrays, table):
        return {key: table.codes_of(ids) for key, ids in arrays.items()}

    def count(self, arrays, number):
        ids = arrays[self.key]
        return np.bincount(ids[ids >= 0], minlength=number)[:number]


SEMANTIC_IDS = ClassIds("semantic_ids")
