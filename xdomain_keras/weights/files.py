"""Any file of weights: its format is known by its first bytes, not by its name."""

import contextlib
import pathlib
import zipfile

from xdomain_keras.errors import ConfigError, DataError
from xdomain_keras.weights.keras_file import INNER, open_keras
from xdomain_keras.weights.safetensors_file import open_safetensors
from xdomain_keras.weights.torch_file import open_torch

FORMATS = "a file of torch (.pth), of Keras (.weights.h5, .keras) or a .safetensors"
HDF5, PICKLE = b"\x89HDF\r\n\x1a\n", b"\x80\x02"


@contextlib.contextmanager
def open_weights(path):
    """The arrays of a file of torch, Keras or safetensors, to be read while it is open; nothing in it is run.

    Args:
        path: of the file.

    Yields:
        dict of name → `StoredArray`; names are torch's keys, or `layer/number` of Keras' layers.

    Raises:
        ConfigError: there is no such file.
        DataError: it is none of these, is damaged, or holds something else.
    """
    path = pathlib.Path(path)
    if not path.is_file():
        raise ConfigError(
            f"{path} is not a file; give one of torch (.pth), Keras (.weights.h5, .keras), or safetensors."
        )
    with open(path, "rb") as file:
        first = file.read(16)
    if first.startswith(HDF5):
        opened = open_keras
    elif zipfile.is_zipfile(path):
        opened = open_keras if has_member(path, INNER) else open_torch
    elif first.startswith(PICKLE):
        opened = open_torch
    elif first[8:9] == b"{":
        opened = open_safetensors
    else:
        raise DataError(f"{path}: is not a file of weights; give {FORMATS}.")
    with opened(path) as arrays:
        yield arrays


def has_member(path, name):
    """Whether a zip archive, as torch and Keras write them, has a member of that name."""
    try:
        with zipfile.ZipFile(path) as archive:
            return name in archive.namelist()
    except (OSError, zipfile.BadZipFile) as error:
        raise DataError(f"{path}: is damaged ({error}); download it again.") from error
