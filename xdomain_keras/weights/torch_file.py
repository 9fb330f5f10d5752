"""State dicts of torch (`.pth`, `.pt`), read without torch."""

import contextlib
import io
import math
import os
import zipfile

import numpy as np

from xdomain_keras.errors import DataError
from xdomain_keras.weights.stored import MEND, StoredArray, dtype_of
from xdomain_keras.weights.tensor_pickle import Tensor, load_pickle

LEGACY_MAGIC = 0x1950A86A20F9469CFC6C  # the first pickle of a file from before torch 1.6
MAX_PICKLE = 64 * 2**20  # bytes of the pickle, in which no numbers are
# Keys under which training scripts store the state dict, best first.
NESTED = (
    "state_dict_ema",
    "model_ema",
    "ema_state_dict",
    "state_dict",
    "model_state_dict",
    "model_state",
    "model",
    "net",
    "network",
    "module",
    "backbone",
    "weights",
)


@contextlib.contextmanager
def open_torch(path):
    """The tensors of a state dict, or of the one inside a checkpoint, to be read while the file is open.

    Nothing in the file is run. A checkpoint that holds more than numbers, texts and tensors is refused.

    Args:
        path: `pathlib.Path`.

    Yields:
        dict of key → `StoredArray`.

    Raises:
        DataError: the file is damaged, or holds something else.
    """
    with contextlib.ExitStack() as stack:
        try:
            opened = _open_zip if zipfile.is_zipfile(path) else _open_legacy
            loaded, locate = opened(path, stack)
            state = choose_state(loaded)
            found = {str(key): each for key, each in state.items() if isinstance(each, Tensor)}
            arrays = {key: _array(key, tensor, locate(tensor.storage)) for key, tensor in found.items()}
        except DataError as error:
            raise DataError(f"{path}: {error}") from None
        except (OSError, zipfile.BadZipFile, NotImplementedError) as error:
            raise DataError(f"{path}: is not a file of torch, or is damaged ({error}); {MEND}") from error
        yield arrays


def choose_state(loaded):
    """The state dict in what a file holds: itself, or one that it names.

    Example:

    >>> from xdomain_keras.weights.tensor_pickle import Storage
    >>> tensor = Tensor(Storage("0", "<f4", 1), 0, (), ())
    >>> list(choose_state({"epoch": 3, "optimizer": {"lr": 0.1}, "model": {"conv1.weight": tensor}}))
    ['conv1.weight']
    """
    if not isinstance(loaded, dict):
        raise DataError(f"holds a {type(loaded).__name__}; expected a dict of tensors.")
    if any(isinstance(value, Tensor) for value in loaded.values()):
        return loaded
    inner = {key: value for key, value in loaded.items() if isinstance(value, dict)}
    inner = {key: value for key, value in inner.items() if any(isinstance(each, Tensor) for each in value.values())}
    known = [key for key in NESTED if key in inner] or list(inner)
    if not known or (len(inner) > 1 and known[0] not in NESTED):
        shown = ", ".join(str(key) for key in list(inner or loaded)[:5]) or "nothing"
        raise DataError(f"expected a dict of tensors, or one under a key such as `state_dict`; it holds {shown:.120}.")
    return inner[known[0]]


def _open_zip(path, stack):
    """What the pickle of a file since torch 1.6 holds, and a function that finds the numbers of a storage.

    That function returns (number of bytes, function of offset and length in bytes → bytes).
    """
    archive = stack.enter_context(zipfile.ZipFile(path))
    names = {name.partition("/")[2]: name for name in archive.namelist()}
    if "constants.pkl" in names:
        raise DataError("is a TorchScript program; expected a state dict.")
    if "data.pkl" not in names:
        raise DataError("has no `data.pkl`, so torch did not write it.")
    members = {name: archive.getinfo(full) for name, full in names.items()}
    if any(members[name].file_size > MAX_PICKLE for name in ("data.pkl", "byteorder") if name in members):
        raise DataError(f"its pickle has more than {MAX_PICKLE} bytes.")
    _require_little("byteorder" not in names or archive.read(names["byteorder"]) == b"little")
    loaded = load_pickle(io.BytesIO(archive.read(names["data.pkl"])))

    def locate(storage):
        info = members.get(f"data/{storage.key}")
        if info is None or info.compress_type != zipfile.ZIP_STORED:
            raise DataError(f"has no plain numbers for storage `{storage.key:.40}`.")

        def read(offset, length):
            with archive.open(info) as file:
                file.seek(offset)
                return file.read(length)

        return info.file_size, read

    return loaded, locate


def _open_legacy(path, stack):
    """As `_open_zip`, of a file from before torch 1.6: five pickles, then the numbers of each storage."""
    storages, starts, size = {}, {}, os.path.getsize(path)
    file = stack.enter_context(open(path, "rb"))
    if file.read(2) != b"\x80\x02" or file.seek(0) or load_pickle(file) != LEGACY_MAGIC:
        raise DataError("is not a file of torch.")
    load_pickle(file)  # the version of the format
    system = load_pickle(file)
    _require_little(isinstance(system, dict) and system.get("little_endian"))
    loaded, keys = load_pickle(file, storages), load_pickle(file)
    start = file.tell()
    for key in keys if isinstance(keys, list) else ():
        if key not in storages:
            raise DataError(f"has numbers of a storage `{key!s:.40}` that no tensor reads.")
        starts[key] = start + 8  # after their count
        start = starts[key] + bytes_of(storages[key])

    def locate(storage):
        start = starts.get(storage.key, size)

        def read(offset, length):
            file.seek(start + offset)
            return file.read(length)

        return min(bytes_of(storage), size - start), read

    return loaded, locate


def _require_little(little):
    if not little:
        raise DataError("was written on a big-endian machine; load and save it on another.")


def bytes_of(storage):
    """How many bytes the numbers of a storage take.

    Example:

    >>> from xdomain_keras.weights.tensor_pickle import Storage
    >>> bytes_of(Storage("0", "<f4", 3))
    12
    """
    return storage.count * dtype_of(storage.code).itemsize


def _array(key, tensor, located):
    """The `StoredArray` of a tensor; its numbers lie within those that the file has."""
    size, read_bytes = located
    dtype = dtype_of(tensor.storage.code)
    # Of numbers from `offset` on up to the last one that the strides reach.
    reach = sum((side - 1) * stride for side, stride in zip(tensor.shape, tensor.strides, strict=True)) + 1
    span = reach if math.prod(tensor.shape) else 0
    if size != bytes_of(tensor.storage) or tensor.offset + span > tensor.storage.count:
        raise DataError(f"the numbers of `{key:.80}` are cut off; download it again.")

    def read():
        flat = np.frombuffer(read_bytes(tensor.offset * dtype.itemsize, span * dtype.itemsize), dtype)
        strides = [stride * dtype.itemsize for stride in tensor.strides]
        return np.lib.stride_tricks.as_strided(flat, tensor.shape, strides).copy()

    return StoredArray(tensor.shape, dtype, read)
