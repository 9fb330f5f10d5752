"""State dicts of torch (`.pth`, `.pt`), read without torch."""

import contextlib
import io
import math
import os
import zipfile

import ml_dtypes
import numpy as np

from xdomain_keras.errors import DataError
from xdomain_keras.weights.stored import StoredArray
from xdomain_keras.weights.tensor_pickle import Storage, Tensor, load_pickle

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


def read_torch(path):
    """The tensors of a state dict, or of the one inside a checkpoint.

    Nothing in the file is run, and no numbers are read before they are asked for. A checkpoint that holds more than
    numbers, texts and tensors is refused.

    Args:
        path: `pathlib.Path`.

    Returns:
        dict of key → `StoredArray`.

    Raises:
        DataError: the file is damaged, or holds something else.
    """
    read = _read_zip if zipfile.is_zipfile(path) else _read_legacy
    try:
        loaded, locate = read(path)
        state = choose_state(loaded)
        return {str(key): _array(str(key), tensor, locate) for key, tensor in state.items() if isinstance(tensor, Tensor)}
    except DataError as error:
        raise DataError(f"{path}: {error}") from None
    except (OSError, zipfile.BadZipFile, NotImplementedError) as error:
        raise DataError(f"{path}: is not a file of torch, or is damaged ({error})") from error


def choose_state(loaded):
    """The state dict in what a file holds: itself, or one that it names.

    Example:

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


def _read_zip(path):
    """What the pickle of a file since torch 1.6 holds, and a function that opens the numbers of a storage.

    That function returns (number of bytes, callable to the open file).
    """
    with zipfile.ZipFile(path) as archive:
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

    @contextlib.contextmanager
    def open_member(info):
        with zipfile.ZipFile(path) as archive, archive.open(info) as file:
            yield file

    def locate(storage):
        info = members.get(f"data/{storage.key}")
        if info is None or info.compress_type != zipfile.ZIP_STORED:
            raise DataError(f"has no plain numbers for storage `{storage.key:.40}`")
        return info.file_size, lambda: open_member(info)

    return loaded, locate


def _read_legacy(path):
    """As `_read_zip`, of a file from before torch 1.6: five pickles, then the numbers of each storage."""
    storages, starts = {}, {}
    with open(path, "rb") as file:
        if file.read(2) != b"\x80\x02" or file.seek(0) or load_pickle(file) != LEGACY_MAGIC:
            raise DataError("is not a file of torch.")
        load_pickle(file)  # the version of the format
        system = load_pickle(file)
        _require_little(isinstance(system, dict) and system.get("little_endian"))
        loaded, keys = load_pickle(file, storages), load_pickle(file)
        start = file.tell()
        for key in keys if isinstance(keys, list) else ():
            if key not in storages:
                raise DataError(f"has numbers of a storage `{key!s:.40}` that no tensor reads")
            starts[key] = start + 8  # after their count
            start = starts[key] + storages[key].count * dtype_of(storages[key].code).itemsize
    size = os.path.getsize(path)

    @contextlib.contextmanager
    def open_at(start):
        with open(path, "rb") as file:
            file.seek(start)
            yield file

    def locate(storage):
        start = starts.get(storage.key, size)
        wanted = storage.count * dtype_of(storage.code).itemsize
        return min(wanted, size - start), lambda: open_at(start)

    return loaded, locate


def _require_little(little):
    if not little:
        raise DataError("was written on a big-endian machine; load and save it on another.")


def dtype_of(code):
    """The `np.dtype` of a storage's code; bfloat16 is of `ml_dtypes`, as in Keras."""
    return np.dtype(ml_dtypes.bfloat16) if code == "bfloat16" else np.dtype(code)


def _array(key, tensor, locate):
    """The `StoredArray` of a tensor; its numbers lie within those that the file has."""
    dtype = dtype_of(tensor.storage.code)
    size, opened = locate(tensor.storage)
    # Of numbers from `offset` on up to the last one that the strides reach.
    reach = sum((side - 1) * stride for side, stride in zip(tensor.shape, tensor.strides, strict=True)) + 1
    span = reach if math.prod(tensor.shape) else 0
    if size != tensor.storage.count * dtype.itemsize or tensor.offset + span > tensor.storage.count:
        raise DataError(f"the numbers of `{key:.80}` are cut off; download it again.")

    def read():
        with opened() as file:
            file.seek(tensor.offset * dtype.itemsize, os.SEEK_CUR)
            flat = np.frombuffer(file.read(span * dtype.itemsize), dtype)
        strides = [stride * dtype.itemsize for stride in tensor.strides]
        return np.lib.stride_tricks.as_strided(flat, tensor.shape, strides).copy()

    return StoredArray(tensor.shape, dtype, read)
