"""Sources: anything with a length that yields samples by index."""

import dataclasses

import numpy as np

from xdomain_keras.errors import ConfigError, DataError


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


class Source:
    """Base of the readers: samples by index (see `data/sample.py` for what a sample is).

    A reader parses its annotation files in its constructor and keeps every fault it meets in
    `faults` (it raises `DataError` only when nothing can be read at all). It implements `read_image`
    and `read_labels`; images are decoded only there.

    Attributes:
        ids: list of str, one an image, unique.
        class_names: tuple of str; `classes` of the samples indexes it.
        semantic_names: tuple of str; `semantic_ids` of the samples indexes it.
        keypoint_names: tuple of str, the rows of the samples' `keypoints`.
        labels: frozenset of the sample keys that this source can carry.
        faults: list of `Fault` found so far in the annotations.
        decodes_files: whether `self[index]` can meet a fault: in files, or in arrays that a user gives.

    Example:

    >>> class Greys(Source):
    ...     def read_image(self, index):
    ...         return np.full((2, 2, 3), index, np.uint8)
    ...
    ...     def read_labels(self, index):
    ...         return {}
    >>> Greys(ids=["black", "grey"])[1]["id"]
    'grey'
    """

    decodes_files = True

    def __init__(self, ids=(), class_names=(), labels=(), semantic_names=None, keypoint_names=()):
        self.ids = list(ids)
        self.class_names = tuple(class_names)
        self.semantic_names = tuple(class_names if semantic_names is None else semantic_names)
        self.keypoint_names = tuple(keypoint_names)
        self.labels = frozenset(labels)
        self.faults = []

    @property
    def names(self):
        """Dict of the three tuples of names, as the constructor takes them."""
        return {kind: getattr(self, kind) for kind in ("class_names", "semantic_names", "keypoint_names")}

    def read_image(self, index):
        """Decode one image, uint8 `[H, W, 3]` RGB; raises `DataFault` where the file is unreadable."""
        raise NotImplementedError(f"{type(self).__name__} has no images of its own.")

    def read_labels(self, index):
        """Return the labels of one image: the sample without `image` and `id`."""
        raise NotImplementedError

    def label_keys(self, index):
        """Which of `labels` this image has, as far as it is known without reading them."""
        return self.labels

    def need(self, keys):
        """Say which sample keys will be asked for; of interest to a source that leaves the others out."""

    def __len__(self):
        return len(self.ids)

    def __getitem__(self, index):
        if not 0 <= index < len(self):
            raise IndexError(index)
        return {"image": self.read_image(index), "id": self.ids[index], **self.read_labels(index)}

    def check(self, decode=True):
        """Yield every `Fault`: those of the annotations, then (`decode`) those of the files of each sample."""
        yield from self.faults
        if decode:
            for index in range(len(self)):
                try:
                    self[index]
                except DataFault as error:
                    yield error.fault


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
    row, column = (int(place) for place in np.argwhere(wrong)[0])
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


class Rows(Source):
    """Some rows of another source, in the order of a Python slice.

    Args:
        source: `Source`.
        rows: str such as `":350"`, `"350:400"` or `"::2"`.

    Raises:
        ConfigError: `rows` is no slice, or selects nothing.

    Example:

    >>> from xdomain_keras.data import Arrays
    >>> len(Rows(Arrays({"image": np.zeros((10, 4, 4, 3), np.uint8)}), "7:"))
    3
    """

    def __init__(self, source, rows):
        try:
            if ":" not in rows:
                raise ValueError(rows)
            indices = range(len(source))[slice(*(int(part) if part else None for part in rows.split(":")))]
        except (AttributeError, TypeError, ValueError):
            raise ConfigError(f'rows: {rows!r} is no slice; write it as ":350" or "350:400".') from None
        if not len(indices):
            raise ConfigError(f"rows: {rows!r} selects none of the {len(source)} images.")
        self.take(source, indices)

    def take(self, source, indices):
        """Become the samples of `source` at these indices."""
        ids, self.indices = [source.ids[index] for index in indices], indices
        super().__init__(ids, labels=source.labels, **source.names)
        self.source, self.faults, self.decodes_files = source, source.faults, source.decodes_files

    def read_image(self, index):
        return self.source.read_image(self.indices[index])

    def read_labels(self, index):
        return self.source.read_labels(self.indices[index])

    def label_keys(self, index):
        return self.source.label_keys(self.indices[index])

    def need(self, keys):
        self.source.need(keys)


class Joined(Source):
    """Several sources over the same images, joined by `id`: one sample with the labels of all.

    Args:
        sources: list of `Source`; the first gives the images and their order, and each of its
            images must be in all others.

    Raises:
        DataError: an image of the first source is missing in another that has no faults.

    Example:

    >>> from xdomain_keras.data import Arrays
    >>> image = np.zeros((1, 4, 4, 3), np.uint8)
    >>> edges, depth = np.zeros((1, 4, 4), np.uint8), np.ones((1, 4, 4), np.float32)
    >>> joined = Joined([Arrays({"image": image, "edges": edges}), Arrays({"image": image, "depth_meters": depth})])
    >>> sorted(joined[0])
    ['depth_meters', 'edges', 'id', 'image']
    """

    def __init__(self, sources):
        first = sources[0]
        labels = frozenset().union(*(source.labels for source in sources))
        # The names are those of the source that carries the labels; the last one's labels win.
        carriers = {"class_names": "classes", "semantic_names": "semantic_ids", "keypoint_names": "keypoints"}
        names = {
            kind: getattr(next((source for source in reversed(sources) if key in source.labels), first), kind)
            for kind, key in carriers.items()
        }
        super().__init__(first.ids, labels=labels, **names)
        self.sources = sources
        self.decodes_files = any(source.decodes_files for source in sources)
        self.faults = [fault for source in sources for fault in source.faults]
        self.rows = [{name: row for row, name in enumerate(source.ids)} for source in sources]
        for source, rows in zip(sources, self.rows, strict=True):
            missing = [name for name in self.ids if name not in rows]
            if missing and source.faults:  # which say why an image was left out
                self.ids = [name for name in self.ids if name in rows]
            elif missing:
                raise DataError(
                    f"{type(source).__name__}: no entry for {len(missing)} of {len(first)} images, the first is "
                    f"{missing[0]!r}; join sources over the same images only."
                )

    def read_image(self, index):
        return self.sources[0].read_image(self.rows[0][self.ids[index]])

    def read_labels(self, index):
        labels = {}
        for source, rows in zip(self.sources, self.rows, strict=True):
            labels.update(source.read_labels(rows[self.ids[index]]))
        return labels

    def label_keys(self, index):
        name = self.ids[index]
        return frozenset().union(
            *(source.label_keys(rows[name]) for source, rows in zip(self.sources, self.rows, strict=True))
        )

    def need(self, keys):
        for source in self.sources:
            source.need(keys)
