"""Sources made of other sources: everything is forwarded here, once."""

from xdomain_keras.data.source import Source
from xdomain_keras.errors import ConfigError


class Wrapper(Source):
    """Images of other sources; a subclass says which, and overrides what it changes.

    Args:
        sources: list of `Source`.
        ids: of the images, in order.
        places: for each image a list of (source, row): the first gives the image, all of them give its labels.

    Example:

    >>> from xdomain_keras.data import Arrays
    >>> source = Arrays({"id": ["a", "b"], "image": np.zeros((2, 4, 4, 3), np.uint8)})
    >>> Wrapper([source], ["b"], [[(source, 1)]])[0]["id"]
    'b'
    """

    def __init__(self, sources, ids, places):
        labels = {name: kind for source in sources for name, kind in source.labels.items()}
        names = {kind: own for source in sources for kind, own in source.names.items()}
        super().__init__(ids, labels.values(), names)
        self.sources, self.places = sources, places
        self.decodes_files = any(source.decodes_files for source in sources)
        self.faults = [fault for source in sources for fault in source.faults]

    def read_image(self, index):
        source, row = self.places[index][0]
        return source.read_image(row)

    def read_labels(self, index):
        labels = {}
        for source, row in self.places[index]:
            own = source.read_labels(row)
            # Keys of one kind stay together: none is left of what another source says of the same kind.
            given = {key for kind in self.labels.values() if kind.present(own) for key in kind.keys}
            labels = {**{key: value for key, value in labels.items() if key not in given}, **own}
        return labels

    def labels_of(self, index):
        return frozenset().union(*(source.labels_of(row) for source, row in self.places[index]))

    def need(self, kinds):
        for source in self.sources:
            source.need(kinds)


class Selected(Wrapper):
    """Some images of another source.

    Args:
        source: `Source`.
        indices: of the images, in order.

    Example:

    >>> from xdomain_keras.data import Arrays
    >>> source = Arrays({"id": ["a", "b", "c"], "image": np.zeros((3, 4, 4, 3), np.uint8)})
    >>> Selected(source, [2, 0]).ids
    ['c', 'a']
    """

    def __init__(self, source, indices):
        super().__init__([source], [source.ids[index] for index in indices], [[(source, index)] for index in indices])


class Rows(Selected):
    """Some rows of another source, in the order of a Python slice.

    Args:
        source: `Source`.
        rows: str such as `":350"`, `"350:400"` or `"::2"`.

    Raises:
        ConfigError: `rows` is not a slice, or selects nothing.

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
            raise ConfigError(f'rows: {rows!r} is not a slice; write it as ":350" or "350:400".') from None
        if not len(indices):
            raise ConfigError(f"rows: {rows!r} selects none of the {len(source)} images.")
        super().__init__(source, indices)
