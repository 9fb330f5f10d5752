"""A source whose samples stay in memory."""

import numpy as np

from xdomain_keras.data.source import Source


class Cached(Source):
    """Keeps the samples of another source in memory once they were read, if all of them fit.

    Training, validation and baselines share one such source, so that each file is decoded once. Arrays
    are marked read-only: whoever changes a sample works on a copy.

    Args:
        source: `Source`.
        keys: sample keys to keep besides `image` and `id`; the others are dropped until `need` asks for them.
        max_bytes: room for all samples; where they need more, none is kept.

    Example:

    >>> from xdomain_keras.data import Arrays
    >>> cached = Cached(Arrays({"image": np.zeros((2, 4, 4, 3), np.uint8)}), (), max_bytes=10**6)
    >>> cached[0] is cached[0]
    True
    """

    def __init__(self, source, keys, max_bytes):
        super().__init__(source.ids, labels=source.labels, **source.names)
        self.source, self.keys, self.max_bytes = source, frozenset(keys) | {"image", "id"}, max_bytes
        self.faults, self.decodes_files, self.samples = source.faults, source.decodes_files, {}

    def need(self, keys):
        if not self.keys.issuperset(keys):
            self.keys |= frozenset(keys)
            self.samples.clear()  # they were read without them

    def __getitem__(self, index):
        if index not in self.samples:
            sample = {key: value for key, value in self.source[index].items() if key in self.keys}
            arrays = [value for value in sample.values() if isinstance(value, np.ndarray)]
            if sum(array.nbytes for array in arrays) * len(self) > self.max_bytes:
                return sample
            # Views: the arrays of an `Arrays` source belong to its owner, who may go on writing.
            sample = {key: value.view() if isinstance(value, np.ndarray) else value for key, value in sample.items()}
            for value in sample.values():
                if isinstance(value, np.ndarray):
                    value.setflags(write=False)
            self.samples[index] = sample
        return self.samples[index]

    def read_image(self, index):
        return self[index]["image"]

    def label_keys(self, index):
        return self.source.label_keys(index)

    def read_labels(self, index):
        return {key: value for key, value in self[index].items() if key not in ("image", "id")}
