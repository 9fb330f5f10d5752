"""An array in a file of weights that is read when it is asked for."""

import dataclasses
from collections.abc import Callable

import ml_dtypes
import numpy as np

MEND = "fetch it anew, or name another."  # ends what is said of a damaged file


@dataclasses.dataclass(frozen=True)
class StoredArray:
    """What a file says of an array before its numbers are read, so that nothing large is read in vain.

    Attributes:
        shape: tuple of int.
        dtype: `np.dtype` of the numbers as `read` returns them.
        read: callable () → array of that shape.

    Example:

    >>> stored = StoredArray((2,), np.dtype("float32"), lambda: np.zeros(2, "float32"))
    >>> stored.read().tolist()
    [0.0, 0.0]
    """

    shape: tuple
    dtype: np.dtype
    read: Callable


def dtype_of(code):
    """The `np.dtype` of a code; NumPy has no bfloat16, which is of `ml_dtypes`, as in Keras.

    Example:

    >>> dtype_of("<f4"), dtype_of("bfloat16")
    (dtype('float32'), dtype(bfloat16))
    """
    return np.dtype(ml_dtypes.bfloat16) if code == "bfloat16" else np.dtype(code)
