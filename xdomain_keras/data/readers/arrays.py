"""Reader of arrays that are in memory already."""

import numpy as np

from xdomain_keras.data.source import Source
from xdomain_keras.errors import DataError


class Arrays(Source):
    """Samples from a dict of arrays or lists, one entry an image.

    Args:
        arrays: dict of sample key → array or list with one entry an image; `image` is needed, `id` optional.
        class_names: names of the classes, in the order of their indices.

    Raises:
        DataError: the entries differ in length, or there is no `image`.

    Example:

    >>> source = Arrays({"image": np.zeros((2, 8, 8, 3), np.uint8), "classes": [np.array([1], np.int32)] * 2})
    >>> source[1]["classes"]
    array([1], dtype=int32)
    """

    decodes_files = False

    def __init__(self, arrays, class_names=()):
        if "image" not in arrays:
            raise DataError(f"arrays have no `image`; got {', '.join(arrays) or 'nothing'}.")
        lengths = {key: len(value) for key, value in arrays.items()}
        if len(set(lengths.values())) > 1:
            raise DataError(f"arrays differ in length: {lengths}; give every key one entry an image.")
        ids = [str(name) for name in arrays.get("id", range(len(arrays["image"])))]
        self.arrays = {key: value for key, value in arrays.items() if key != "id"}
        super().__init__(ids, class_names, set(self.arrays) - {"image"})

    def read_image(self, index):
        return np.asarray(self.arrays["image"][index])

    def read_labels(self, index):
        return {key: value[index] for key, value in self.arrays.items() if key != "image"}
