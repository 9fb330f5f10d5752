"""Sources: anything with a length that yields samples by index."""

from xdomain_keras.errors import ConfigError
from xdomain_keras.signatures import suggest


class Source:
    """Base of the readers: samples by index (see `data/labels` for what a sample is).

    A reader parses its annotation files in its constructor and keeps every fault it meets in `faults` (it raises
    `DataError` only when nothing can be read at all). It implements `read_image` and `read_labels`; images are decoded
    only there.

    Args:
        ids: iterable of str, one for each image, unique.
        labels: iterable of `Label`: the kinds that its samples can carry.
        names: dict of kind → names of its classes or rows; a plain sequence stands for all kinds that have classes.

    Attributes:
        ids: list of str.
        labels: dict of kind → `Label`.
        names: dict of kind → tuple of str, of the kinds that have names here.
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

    def __init__(self, ids=(), labels=(), names=()):
        self.ids = list(ids)
        self.labels = {kind.name: kind for kind in labels}
        if not isinstance(names, dict):
            names = {kind.name: names for kind in labels if kind.names_are == "classes"} if names else {}
        self.names = {kind: tuple(own) for kind, own in names.items() if kind in self.labels and own}
        self.faults = []

    def read_image(self, index):
        """Decode one image, uint8 `[H, W, 3]` RGB; raises `DataFault` where the file is unreadable."""
        raise NotImplementedError(f"{type(self).__name__} has no images of its own.")

    def read_labels(self, index):
        """Return the labels of one image: the sample without `image` and `id`."""
        raise NotImplementedError

    def labels_of(self, index):
        """Which of `labels` this image has, as far as it is known without reading them: a set of kinds."""
        return self.labels.keys()

    def need(self, kinds):
        """Say which kinds of labels will be asked for; of interest to a source that leaves the others out."""

    def __len__(self):
        return len(self.ids)

    def __getitem__(self, index):
        if not 0 <= index < len(self):
            raise IndexError(index)
        image, labels = self.read_image(index), self.read_labels(index)
        known = [key for kind in self.labels.values() for key in kind.keys]
        for key in labels:
            if key not in known:
                raise ConfigError(
                    f"{type(self).__name__}: image {self.ids[index]} has `{key}`, which none of the source's labels "
                    f"({', '.join(self.labels) or 'none'}) knows; {suggest(key, known)}"
                )
        return {"image": image, "id": self.ids[index], **labels}
