"""A discriminator over pairs of maps in the joint space."""

import keras
from keras import ops

from xdomain_keras.errors import ConfigError
from xdomain_keras.terms.pair_consistency import PairConsistency


class PairDiscriminator(PairConsistency):
    """The rival `Discriminator-Loss` of paper 002, §3.2: a small network tells maps of one image from maps of two.

    In Eq. 4, L_ct becomes the binary cross entropy of the discriminator on (m(ŷˢ_i), m(yᵗ_i)), label 1, and on
    (m(ŷˢ_i), m(yᵗ_j)), label 0, with j the next image of the batch with the same pair; the regulariser falls away.
    Network, mapper and discriminator minimise the same loss, at every step together where the paper takes turns.

    Args:
        filters: of the discriminator's two 3x3 convolutions.
        feature: of the network, as deep and wide as the joint space is to be, as in `PairConsistency`.
        stride: of the maps, as in `PairConsistency`.
        weight: of the term.
        name: of the term.
        **options: others of `PairConsistency`, in code.

    Raises:
        ConfigError: see `PairConsistency`; filters is too small.

    Example:

    >>> PairDiscriminator().regularizer
    0.0
    """

    def __init__(
        self,
        filters: int = 64,
        feature: str = "c5",
        stride: int = 1,
        weight: float = 1.0,
        name="pair_discriminator",
        **options,
    ):
        options = {"regularizer": 0.0, **options}
        super().__init__(feature, stride=stride, weight=weight, name=name, **options)
        if filters < 1:
            raise ConfigError(f"terms.{name}.filters is {filters}; expected an integer from 1 up.")
        convolve = keras.layers.Conv2D
        self.discriminator = keras.Sequential(
            [
                convolve(filters, 3, padding="same", activation="leaky_relu"),
                convolve(filters, 3, padding="same", activation="leaky_relu"),
                keras.layers.GlobalAveragePooling2D(),
                keras.layers.Dense(1, dtype="float32"),
            ],
            name="discriminator",
        )

    def prepare(self, network, setting):
        super().prepare(network, setting)
        self.discriminator.build((None, None, None, 2 * self.mapper.stages[-1][-1].filters))

    def compare(self, predicted, true, image, pair, weight):
        num_slots = ops.shape(image)[0]
        other = ops.logical_and(pair[:, None] == pair[None], image[:, None] != image[None])
        other = ops.logical_and(other, weight[None] > 0)
        # Of the others, the next one round the batch.
        slots = ops.arange(num_slots)
        steps = (slots[None] - slots[:, None]) % num_slots
        partner = ops.argmin(ops.where(other, steps, num_slots), axis=1)
        found = ops.cast(ops.any(other, axis=1), "float32")
        both = ops.concatenate([true, ops.take(true, partner, axis=0)])
        logits = self.discriminator(ops.concatenate([ops.concatenate([predicted, predicted]), both], axis=-1))[:, 0]
        positive, negative = ops.split(logits, 2)
        return ops.softplus(-positive) + found * ops.softplus(negative)
