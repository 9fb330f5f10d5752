"""Faults of a data set: which file, where in it, what is wrong and how to mend it."""

import dataclasses

import numpy as np

from xdomain_keras.errors import DataError


@dataclasses.dataclass(frozen=True)
class Fault:
    """One thing wrong with a data set.

    Args:
        file: path of the file that holds it.
        field: where in the file, as `annotations[3].bbox`; empty for the whole file.
        message: what was found, what was expected, how to mend it.

    Example:

    >>> print(Fault("boxes.json", "annotations[3].bbox", "has 3 numbers; expected x, y, width, height."))
    boxes.json: annotations[3].bbox: has 3 numbers; expected x, y, width, height.
    """

    file: str
    field: str
    message: str

    def __str__(self):
        place = f"{self.file}: {self.field}" if self.field else self.file
        return f"{place}: {self.message}"


class DataFault(DataError):
    """A `DataError` that carries the `Fault` behind it.

    Example:

    >>> DataFault("a.png", "", "cannot be decoded; expected an image.").fault.file
    'a.png'
    """

    def __init__(self, file, field, message):
        self.fault = Fault(str(file), field, message)
        super().__init__(str(self.fault))


def first_pixel(wrong, field=""):
    """The first pixel that a mask names: (row, column, its place for a fault, behind the field's name if any).

    Example:

    >>> first_pixel(np.array([[False, True]]), "depth")
    (0, 1, 'depth, pixel [1, 0]')
    """
    row, column = (int(place) for place in np.argwhere(wrong)[0][:2])
    return row, column, f"{field}, pixel [{column}, {row}]" if field else f"pixel [{column}, {row}]"


def other_size(label, image):
    """How the (height, width) of a label differs from its image's, and how to mend it; empty where it does not.

    Example:

    >>> other_size((2, 3), (4, 6))
    '3 x 2 px, but its image has 6 x 4 (width x height); give the label in the size of the image.'
    """
    if tuple(label) == tuple(image):
        return ""
    sizes = f"{label[1]} x {label[0]} px, but its image has {image[1]} x {image[0]} (width x height)"
    return f"{sizes}; give the label in the size of the image."
