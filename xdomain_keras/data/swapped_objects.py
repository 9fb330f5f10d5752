"""Masks of low fidelity: object and background changed places."""

import numpy as np

from xdomain_keras.data.wrapper import Selected
from xdomain_keras.errors import ConfigError


class SwappedObjects(Selected):
    """Another source, in some of whose images object and background have changed places (paper 003, §5.1).

    The pixels that belong together still do; what they are called is wrong.

    Args:
        source: `Source` with masks of salient objects.
        probability: q in [0, 1], of each image.
        seed: of the draw; the same ids and seed give the same images.

    Attributes:
        swapped: frozenset of the ids.

    Raises:
        ConfigError: q is not a probability, or the source has no masks of objects.

    Example:

    >>> from xdomain_keras.data import Arrays
    >>> arrays = {"image": np.zeros((2, 1, 2, 3), np.uint8), "salient_object": np.uint8([[[0, 1]], [[1, 1]]])}
    >>> SwappedObjects(Arrays(arrays), 1.0)[0]["salient_object"].tolist()
    [[1, 0]]
    """

    def __init__(self, source, probability, seed=0):
        if not 0 <= probability <= 1:
            raise ConfigError(f"swap_objects is {probability}; expected a probability in [0, 1].")
        if "salient_object" not in source.labels:
            raise ConfigError(
                f"swap_objects is {probability}, but the source has no masks of salient objects (it has "
                f"{', '.join(sorted(source.labels)) or 'no labels'}); leave it out."
            )
        super().__init__(source, range(len(source)))
        chosen = np.random.default_rng([seed, 1]).random(len(source)) < probability
        self.swapped = frozenset(name for name, turned in zip(source.ids, chosen, strict=True) if turned)

    def read_labels(self, index):
        labels = super().read_labels(index)
        if self.ids[index] not in self.swapped or "salient_object" not in labels:
            return labels
        return {**labels, "salient_object": (labels["salient_object"] == 0).astype(np.uint8)}
