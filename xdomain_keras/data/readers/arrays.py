"""Reader of arrays that are in memory already."""

import numpy as np

from xdomain_keras.data.readers.array_checks import check_image, check_label
from xdomain_keras.data.source import DataFault, Source
from xdomain_keras.errors import DataError


class Arrays(Source):
    """Samples from a dict of arrays or lists, one entry an image.

    Args:
        arrays: dict of sample key → array or list with one entry an image; `image` is needed, `id` optional. Keys that
            samples do not have are handed on as they are.
        class_names: names of the classes, in the order of their indices.

    Raises:
        DataError: the entries differ in length, or there is no `image`; of one that is read, where it is not what
            `data/sample.py` says.

    Example:

    >>> source = Arrays({"image": np.zeros((2, 8, 8, 3), np.uint8), "classes": [np.array([1], np.int32)] * 2})
    >>> source[1]["classes"]
    array([1], dtype=int32)
    """

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
        return check_image(self.arrays["image"][index], self.ids[index])

    def read_labels(self, index):
        size, place, count = np.shape(self.arrays["image"][index])[:2], self.ids[index], len(self.class_names)
        labels = {key: value[index] for key, value in self.arrays.items() if key != "image"}
        labels = {key: check_label(value, key, place, size, count) for key, value in labels.items()}
        boxes, classes = labels.get("boxes_xyxy"), labels.get("classes")
        if boxes is not None and classes is not None and len(boxes) != len(classes):
            raise DataFault(place, "classes", f"{len(classes)} for {len(boxes)} boxes; expected one each.")
        return labels
