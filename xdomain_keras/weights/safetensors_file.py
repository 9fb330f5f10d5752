"""Weights in safetensors files, by the library of that name."""

import contextlib

from xdomain_keras.errors import DataError
from xdomain_keras.extras import require_installed
from xdomain_keras.weights.stored import MEND, StoredArray, dtype_of

# Their codes of numbers → NumPy's.
CODES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "bfloat16", "I64": "<i8", "I32": "<i4", "I16": "<i2"}
CODES |= {"I8": "<i1", "U8": "<u1", "BOOL": "|b1"}


@contextlib.contextmanager
def open_safetensors(path):
    """The tensors of a safetensors file, to be read while it is open.

    Args:
        path: `pathlib.Path`.

    Yields:
        dict of key → `StoredArray`.

    Raises:
        ConfigError: the library is not installed.
        DataError: the file is damaged.
    """
    require_installed("safetensors", f"weights in {path.name}", extra="pretrained")
    import safetensors

    try:
        opened = safetensors.safe_open(path, framework="numpy")
    except (OSError, safetensors.SafetensorError) as error:
        raise DataError(f"{path}: is not a safetensors file, or is damaged ({error}); {MEND}") from error
    with opened as file:
        slices = {key: file.get_slice(key) for key in file.keys()}
        yield {
            key: StoredArray(tuple(own.get_shape()), dtype_of(CODES[own.get_dtype()]), lambda own=own: own[...])
            for key, own in slices.items()
            if own.get_dtype() in CODES
        }
