"""A source whose samples stay in memory."""

import numpy as np

from xdomain_keras.data.wrapper import Selected


class Cached(Selected):
    """Keeps the samples of another source in memory once they were read, if all of them fit.

    Training, validation and baselines share one such source, so that each file is decoded once. Arrays are marked
    read-only: whoever changes a sample works on a copy.

    Args:
        source: `Source`.
        kinds: names of the kinds of labels to keep beside the image; the others are dropped until `need` asks for them.
        max_bytes: room for all samples; where they need more, none is kept.

    Example:

    >>> from xdomain_keras.data import Arrays
    >>> cached = Cached(Arrays({"image": np.zeros((2, 4, 4, 3), np.uint8)}), (), max_bytes=10**6)
    >>> cached[0] is cached[0]
    True
    """

    def __init__(self, source, kinds, max_bytes):
        super().__init__(source, range(len(source)))
        self.source, self.kinds, self.max_bytes, self.samples = source, set(kinds), max_bytes, {}

    def need(self, kinds):
        super().need(kinds)
        if not self.kinds.issuperset(kinds):
            self.kinds |= set(kinds)
            self.samples.clear()  # they were read without them

    def keep(self, labels):
        """Those entries of a sample that belong to a kind that is asked for."""
        kinds = [kind for name, kind in self.labels.items() if name in self.kinds]
        return {key: value for kind in kinds for key, value in kind.take(labels).items()}

    def __getitem__(self, index):
        if index not in self.samples:
            sample = self.source[index]
            sample = {"image": sample["image"], "id": sample["id"], **self.keep(sample)}
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

    def read_labels(self, index):
        """Labels alone: no image is decoded for them where none is kept."""
        return self.keep(self.samples[index] if index in self.samples else self.source.read_labels(index))
