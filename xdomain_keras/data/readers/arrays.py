"""Reader of arrays that are in memory already."""

import numpy as np

from xdomain_keras.data.fault import DataFault
from xdomain_keras.data.labels import LABELS
from xdomain_keras.data.source import Source
from xdomain_keras.errors import ConfigError, DataError
from xdomain_keras.signatures import suggest


class Arrays(Source):
    """Samples from a dict of arrays or lists, one entry for each image.

    Args:
        arrays: dict of sample key → array or list with one entry for each image; `image` is needed, `id` optional.
        names: dict of kind → names of its classes or rows, or a sequence for all kinds that have classes.
        kinds: dict of kind → `Label`, whose keys the arrays may have; your own kinds beside those of the package.

    Raises:
        ConfigError: a key that no kind of label knows, or one without those that belong to it.
        DataError: the entries differ in length, or there is no `image`; when one is read, where it is not what its kind
            says.

    Example:

    >>> source = Arrays({"image": np.zeros((2, 8, 8, 3), np.uint8), "edges": np.zeros((2, 8, 8), np.uint8)})
    >>> source[1]["edges"].shape, list(source.labels)
    ((8, 8), ['edges'])
    """

    def __init__(self, arrays, names=(), kinds=LABELS):
        if "image" not in arrays:
            raise DataError(f"arrays have no `image`; got {', '.join(arrays) or 'nothing'}.")
        lengths = {key: len(value) for key, value in arrays.items()}
        if len(set(lengths.values())) > 1:
            raise DataError(f"arrays differ in length: {lengths}; give every key one entry for each image.")
        ids = [str(name) for name in arrays.get("id", range(len(arrays["image"])))]
        self.arrays = {key: value for key, value in arrays.items() if key != "id"}
        super().__init__(ids, find_kinds(self.arrays.keys() - {"image"}, kinds), names)

    def read_image(self, index):
        return check_image(self.arrays["image"][index], self.ids[index])

    def read_labels(self, index):
        size, place, labels = np.shape(self.arrays["image"][index])[:2], self.ids[index], {}
        row = {key: value[index] for key, value in self.arrays.items()}
        for name, kind in self.labels.items():
            labels |= kind.check(kind.take(row), size, place, names=self.names.get(name, ()))
        return labels


def find_kinds(keys, kinds):
    """The kinds of labels that some sample keys belong to.

    Args:
        keys: set of str.
        kinds: dict of kind → `Label`.

    Returns:
        list of `Label`.

    Raises:
        ConfigError: a key that no kind knows, or that lacks what belongs to it.

    Example:

    >>> find_kinds({"edgse"}, LABELS)
    Traceback (most recent call last):
    xdomain_keras.errors.ConfigError: arrays: no kind of label knows the key `edgse`; did you mean `edges`?
    """
    known = [key for kind in kinds.values() for key in kind.keys]
    for key in sorted(keys):
        if key not in known:
            raise ConfigError(f"arrays: no kind of label knows the key `{key}`; {suggest(key, known)}")
    found = [kind for kind in kinds.values() if kind.keys.keys() & keys]
    for kind in found:
        missing = [key for key in kind.required if key not in keys]
        if missing:
            there = ", ".join(key for key in kind.keys if key in keys)
            raise ConfigError(f"arrays: {there} without `{missing[0]}`; the labels `{kind.name}` need both.")
    return found


def check_image(image, place):
    """An image as samples hold it, or a fault.

    Args:
        image: array.
        place: str, of the sample.

    Raises:
        DataFault: not uint8 `[H, W, 3]`.

    Example:

    >>> check_image(np.zeros((2, 2, 3)), "0")
    Traceback (most recent call last):
    xdomain_keras.data.fault.DataFault: 0: image: float64 of shape (2, 2, 3); expected uint8 [H, W, 3], RGB from 0 ...
    """
    try:
        image = np.asarray(image)
    except ValueError:
        raise DataFault(place, "image", "rows of several lengths; expected uint8 [H, W, 3].") from None
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[-1] != 3:
        found = f"{image.dtype} of shape {image.shape}"
        raise DataFault(place, "image", f"{found}; expected uint8 [H, W, 3], RGB from 0 to 255.")
    return image
