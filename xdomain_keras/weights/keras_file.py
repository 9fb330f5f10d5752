"""Weights that Keras wrote: `.weights.h5`, `.keras`, and the `.h5` files of earlier versions."""

import collections
import contextlib
import io
import zipfile

import h5py

from xdomain_keras.errors import DataError
from xdomain_keras.weights.stored import MEND, StoredArray

INNER = "model.weights.h5"  # in a `.keras` file
MAX_DEFLATED = 512 * 2**20  # bytes of it, where it is compressed and must be unpacked in memory
MAX_OBJECTS = 200_000


@contextlib.contextmanager
def open_keras(path):
    """The arrays of a file that Keras wrote, by the names of their layers, to be read while it is open.

    Only numbers are read. The model in a `.keras` file is not built, so no code in it runs; links to other files and
    numbers that lie outside of the file are refused.

    Args:
        path: `pathlib.Path`.

    Yields:
        dict of `layer/number` → `StoredArray`; the number counts the variables of a layer, a layer whose name comes
        twice is left out.

    Raises:
        DataError: the file is damaged, or is not what it says it is.
    """
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(_open_h5(path, stack))
            file = file["model_weights"] if "model_weights" in file else file  # of a whole model of Keras 2
            found = _read_legacy(file) if "layer_names" in file.attrs else _read_layers(file)
        except DataError as error:
            raise DataError(f"{path}: {error}") from None
        except Exception as error:  # of h5py there is any kind, where a file is damaged
            raise DataError(f"{path}: is not a file of Keras, or is damaged ({_short(error)}); {MEND}") from error
        counts = collections.Counter(name for name, _ in found)
        layers = {name: arrays for name, arrays in found if counts[name] == 1}
        yield {f"{name}/{number}": array for name, arrays in layers.items() for number, array in arrays.items()}


def _open_h5(path, stack):
    """The HDF5 file that a path is, or that lies in a `.keras` archive."""
    if not zipfile.is_zipfile(path):
        return h5py.File(path)
    archive = stack.enter_context(zipfile.ZipFile(path))
    if INNER not in archive.namelist():
        raise DataError(f"has no `{INNER}`, so Keras did not write it.")
    info = archive.getinfo(INNER)
    if info.compress_type != zipfile.ZIP_STORED and info.file_size > MAX_DEFLATED:
        raise DataError(f"its weights are compressed and of {info.file_size} bytes; save it anew with Keras.")
    member = stack.enter_context(archive.open(info))
    return h5py.File(member if info.compress_type == zipfile.ZIP_STORED else io.BytesIO(member.read()))


def _read_layers(file):
    """(layer, number → array) of each group that Keras 3 named after a layer."""
    found = []
    for group in _groups(file):
        arrays = {key: item for key, item in _items(group) if isinstance(item, h5py.Dataset)}
        if "name" in group.attrs and arrays:
            found.append((str(group.attrs["name"]), {key: _array(item) for key, item in arrays.items()}))
    return found


def _read_legacy(file):
    """The same of a file of Keras 2, in which the layers lie at the top and list their weights."""
    found = []
    for group in _groups(file):
        names = [_text(name) for name in group.attrs.get("weight_names", ())]
        if names:
            arrays = {str(number): _array(_follow(group, name)) for number, name in enumerate(names)}
            found.append((group.name.rpartition("/")[2], arrays))
    return found


def _groups(file):
    """All groups, each once, however they are linked."""
    waiting, seen = [file], set()
    while waiting:
        group = waiting.pop()
        address = h5py.h5o.get_info(group.id).addr
        if address in seen:
            continue
        seen.add(address)
        if len(seen) > MAX_OBJECTS:
            raise DataError(f"has more than {MAX_OBJECTS} groups.")
        yield group
        waiting += [item for _, item in reversed(list(_items(group))) if isinstance(item, h5py.Group)]


def _items(group):
    for key in group:
        yield key, _follow(group, key)


def _follow(group, name):
    """What a name in a group means, where it is part of the file."""
    here = group
    for part in name.split("/"):
        if not isinstance(here, h5py.Group) or part not in list(here):
            raise DataError(f"has no `{name:.80}`, which it lists.")
        if not isinstance(here.get(part, getlink=True), h5py.HardLink):
            raise DataError(f"`{here.name}/{part}` is a link to another place; expected numbers in this file alone.")
        here = here[part]
    return here


def _array(item):
    """The `StoredArray` of a dataset whose numbers are in the file."""
    if not isinstance(item, h5py.Dataset) or item.dtype.kind not in "fiub":
        raise DataError(f"`{item.name}` is not an array of numbers.")
    if item.external or item.is_virtual:
        raise DataError(f"the numbers of `{item.name}` lie in other files; expected them in this one.")
    return StoredArray(tuple(item.shape), item.dtype, lambda: item[()])


def _text(name):
    return name.decode() if isinstance(name, bytes) else str(name)


def _short(error):
    return (str(error).strip() or type(error).__name__).splitlines()[0][:120]
