"""The label: what is known of one kind of annotation."""

import numpy as np

from xdomain_keras.data.fault import DataFault


class Label:
    """One kind of annotation: its sample keys, how it is checked, and how it moves with its image.

    Readers make labels, transforms move them, tasks read them; nobody else knows the name of a key. Keys of one kind
    stay together: where boxes are left out, so are their classes. Pixel coordinates are continuous: the image spans
    [0, W] × [0, H], and pixel (i, j) covers [j, j + 1] × [i, i + 1].

    A subclass says how its arrays are resized, flipped and cropped; what it does not say raises, so that no label is
    passed on unmoved. In these methods `arrays` is a dict of those keys of the kind that a sample has; they return a
    new dict of the same keys and leave the given arrays as they are.

    Args:
        name: of the kind.
        keys: dict of sample key → (dtype, rank).
        optional: those of the keys that a sample may lack although it has the others.
        names_are: what the source's names of this kind stand for: `"classes"` that values index, `"rows"` of the
            array; empty where the kind has no names.

    Example:

    >>> class Wind(Label):
    ...     def flip(self, arrays, size, axis):
    ...         return {"wind_xy": arrays["wind_xy"] * np.float32([-1, 1] if axis == 1 else [1, -1])}
    >>> wind = Wind("wind", {"wind_xy": (np.float32, 1)})
    >>> wind.flip({"wind_xy": np.float32([3, 4])}, (8, 8), axis=1)["wind_xy"].tolist()
    [-3.0, 4.0]
    """

    def __init__(self, name, keys, optional=(), names_are=""):
        self.name, self.keys, self.names_are = name, dict(keys), names_are
        self.is_map = False  # whether its arrays lie over the image, pixel by pixel
        self.required = tuple(key for key in self.keys if key not in optional)

    def __repr__(self):
        return f"{type(self).__name__}({self.name!r})"

    def present(self, keys):
        """Whether all that belongs to the kind is among some keys, as those of a sample."""
        return all(key in keys for key in self.required)

    def take(self, sample):
        """Dict of those entries of a sample that belong to the kind."""
        return {key: sample[key] for key in self.keys if key in sample}

    def check(self, arrays, size, file, field=None, names=()):
        """The arrays as samples hold them, or a fault.

        Args:
            arrays: dict of key → array or list, as somebody gives it.
            size: (height, width) of the image in pixels.
            file: str, where the arrays come from, for the fault.
            field: str, where in the file; None: the key is named.
            names: of the classes or rows, in order; empty where unknown.

        Returns:
            dict of key → array of the kind's dtype and rank.

        Raises:
            DataFault: another shape, numbers that the kind cannot have, or keys that do not fit each other.
        """
        checked = {}
        for key, value in arrays.items():
            (dtype, rank), place = self.keys[key], key if field is None else field
            array = as_array(value, dtype, rank, file, place)
            require_whole(array, dtype, file, place)
            checked[key] = array.astype(dtype, copy=False)
        return checked

    def resize(self, arrays, old, new):
        """The arrays of an image that is stretched from `old` to `new`, both (height, width)."""
        raise NotImplementedError(f"{self!r} does not say how it is resized.")

    def flip(self, arrays, size, axis):
        """The arrays of an image of `size` (height, width) that is mirrored: along x for axis 1, along y for 0."""
        raise NotImplementedError(f"{self!r} does not say how it is flipped.")

    def crop(self, arrays, window):
        """The arrays of a window (left, top, width, height) in pixels, which lies within the image."""
        raise NotImplementedError(f"{self!r} does not say how it is cropped.")

    def zoom(self, arrays, factor):
        """The arrays of a camera that comes so near that distances are multiplied by `factor`; most know none."""
        return arrays

    def relabel(self, arrays, table):
        """The arrays as a task reads them, whose classes are not the source's names; kinds without names stay.

        Args:
            arrays: dict of key → array.
            table: `data.ClassTable`, of the source's names.
        """
        return arrays

    loses_classes = False  # whether `without` takes labels away class by class

    def without(self, arrays, values):
        """The arrays without the labels of some of the source's names, as if nobody had annotated them."""
        raise NotImplementedError(f"{self!r} does not say how its labels are taken away by class.")

    def count(self, arrays, number):
        """How often each of the source's names occurs, int64 `[number]`; zeros for a kind without names."""
        return np.zeros(number, np.int64)

    def side_order(self, names):
        """What `exchange_sides` needs to know of the names, or None where no name has a side, as in most kinds.

        Raises:
            ConfigError: a name has a side and no counterpart.
        """
        return None

    def exchange_sides(self, arrays, order):
        """The arrays of a mirrored image with left called right, and right called left."""
        return arrays


def as_array(value, dtype, rank, file, field, columns=0):
    """An array of numbers of a rank, or a fault where something else is given.

    Args:
        value: array or list.
        dtype: that samples hold, of which an array without entries is made.
        rank: number of axes.
        file, field: str, where the value comes from.
        columns: length of the last axis; 0 for any.

    Raises:
        DataFault: rows of several lengths, another shape, or no numbers.

    Example:

    >>> as_array([], np.float32, 2, "a", "boxes_xyxy", columns=4).shape
    (0, 4)
    """
    try:
        value = np.asarray(value)
    except ValueError:
        raise DataFault(file, field, "rows of several lengths; expected an array.") from None
    if not value.size and columns and rank == 2:
        value = np.zeros((0, columns), dtype)  # of a list without entries
    if value.ndim != rank or (columns and value.shape[-1] != columns):
        wanted = f"{rank} axes" + (f", {columns} along the last" if columns else "")
        raise DataFault(file, field, f"shape {value.shape}; expected {wanted}.")
    if value.size and value.dtype.kind not in "biuf":
        raise DataFault(file, field, f"{value.dtype}; expected numbers.")
    return value if value.size else value.astype(dtype)


def require_whole(value, dtype, file, field):
    """A fault where numbers have fractions that the `dtype` of samples cannot hold.

    Example:

    >>> require_whole(np.array([0.5]), np.int32, "a.npy", "classes")
    Traceback (most recent call last):
    xdomain_keras.data.fault.DataFault: a.npy: classes: float64 with fractions; expected whole numbers.
    """
    if np.issubdtype(dtype, np.integer) and value.dtype.kind == "f" and (value != np.round(value)).any():
        raise DataFault(file, field, f"{value.dtype} with fractions; expected whole numbers.")


def require_range(value, least, most, file, field):
    """A fault where numbers are not finite, or not between `least` and `most`; None for no bound.

    Example:

    >>> require_range(np.array([0.5, 2.0]), 0, 1, "a.npy", "density")
    Traceback (most recent call last):
    xdomain_keras.data.fault.DataFault: a.npy: density: 2.0; expected at most 1.
    """
    if not value.size:
        return
    if not np.isfinite(value).all():
        raise DataFault(file, field, "NaN or infinity; expected finite numbers.")
    if least is not None and value.min() < least:
        raise DataFault(file, field, f"{value.min()}; expected numbers from {least} up.")
    if most is not None and value.max() > most:
        raise DataFault(file, field, f"{value.max()}; expected at most {most}.")


def require_values(value, allowed, file, field):
    """A fault where an array holds others than a few numbers.

    Example:

    >>> require_values(np.array([0, 7]), (0, 1), "a.png", "edges")
    Traceback (most recent call last):
    xdomain_keras.data.fault.DataFault: a.png: edges: values [0, 7]; expected 0, 1 alone.
    """
    if not np.isin(value, allowed).all():
        found = np.unique(value)
        shown = f"[{', '.join(map(str, found[:4]))}{', …' if len(found) > 4 else ''}]"
        raise DataFault(file, field, f"values {shown}; expected {', '.join(map(str, allowed))} alone.")
