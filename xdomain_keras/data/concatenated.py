"""Sources one after the other."""

from xdomain_keras.data.source import Source
from xdomain_keras.errors import DataError


class Concatenated(Source):
    """The samples of several sources in turn, as `train` and `val` of a data set that is trained on both.

    Args:
        sources: list of `Source` with the same names of classes; an image may lack labels that others have.

    Raises:
        DataError: names of classes differ, or two sources have an image of one id.

    Example:

    >>> from xdomain_keras.data import Arrays
    >>> first, second = (Arrays({"id": [name], "image": np.zeros((1, 4, 4, 3), np.uint8)}) for name in "ab")
    >>> Concatenated([first, second])[1]["id"]
    'b'
    """

    def __init__(self, sources):
        first = sources[0]
        for source in sources[1:]:
            for kind, names in first.names.items():
                if source.names[kind] != names:
                    raise DataError(
                        f"concatenate: the {kind} are {names} and {source.names[kind]}; expected the same in all "
                        "sources."
                    )
        places = [(source, index) for source in sources for index in range(len(source))]
        super().__init__(
            [source.ids[index] for source, index in places],
            labels=frozenset().union(*(source.labels for source in sources)),
            **first.names,
        )
        if len(set(self.ids)) < len(self.ids):
            twice = next(name for name in self.ids if self.ids.count(name) > 1)
            raise DataError(f"concatenate: {twice!r} is in two sources; expected each image once.")
        self.places = places
        self.decodes_files = any(source.decodes_files for source in sources)
        self.faults = [fault for source in sources for fault in source.faults]

    def read_image(self, index):
        source, place = self.places[index]
        return source.read_image(place)

    def read_labels(self, index):
        source, place = self.places[index]
        return source.read_labels(place)

    def label_keys(self, index):
        source, place = self.places[index]
        return source.label_keys(place)

    def need(self, keys):
        for source in self.sources:
            source.need(keys)
