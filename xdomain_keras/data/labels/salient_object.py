"""Salient object: the mask of what stands out."""

import numpy as np

from xdomain_keras.data.labels.dense import DenseLabel
from xdomain_keras.data.labels.label import require_values


class SalientObject(DenseLabel):
    """1 on the object, 0 elsewhere, uint8 `[H, W]`; masks of 0 and 255 are taken too.

    Example:

    >>> SalientObject().check({"salient_object": [[0, 7]]}, (1, 2), "a.png", "")
    Traceback (most recent call last):
    xdomain_keras.data.fault.DataFault: a.png: values [0, 7]; expected 0, 1, 255 alone.
    """

    def __init__(self):
        super().__init__("salient_object", "categorical", np.uint8)

    def check_values(self, value, file, field, names):
        require_values(value, (0, 1, 255), file, field)
        return value


SALIENT_OBJECT = SalientObject()
