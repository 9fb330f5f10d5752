"""Contrastive loss in the joint space of task pairs."""

from keras import ops

from xdomain_keras.errors import ConfigError
from xdomain_keras.layers.unit_length import unit_length
from xdomain_keras.terms.pair_consistency import PairConsistency


class PairContrastive(PairConsistency):
    """The rival `Contrastive-Loss` of paper 002, §3.2: maps of one image lie closer than maps of two.

    In Eq. 4, L_ct becomes `mean_j max(0, margin + d(m(ŷˢ_i), m(yᵗ_i)) - d(m(ŷˢ_i), m(yᵗ_j)))` over the other images
    j of the batch with the same pair, d the cosine distance, and the regulariser falls away: a fixed point does not
    minimise this. 0 where the batch holds no such image. The paper gives no margin.

    Args:
        margin: by which the distance of two images is to exceed that of one.
        feature: of the network, as deep and wide as the joint space is to be, as in `PairConsistency`.
        stride: of the maps, as in `PairConsistency`.
        weight: of the term.
        name: of the term.
        **options: others of `PairConsistency`, in code.

    Raises:
        ConfigError: see `PairConsistency`; margin is too small.

    Example:

    >>> PairContrastive().regularizer
    0.0
    """

    def __init__(
        self,
        margin: float = 0.5,
        feature: str = "c5",
        stride: int = 1,
        weight: float = 1.0,
        name="pair_contrastive",
        **options,
    ):
        options = {"regularizer": 0.0, **options}
        super().__init__(feature, stride=stride, weight=weight, name=name, **options)
        if margin < 0:
            raise ConfigError(f"terms.{name}.margin is {margin}; expected a number from 0 up.")
        self.margin = margin

    def compare(self, predicted, true, image, pair, weight):
        predicted, true = (unit_length(ops.cast(x, "float32")) for x in (predicted, true))
        positions = ops.cast(predicted.shape[1] * predicted.shape[2], "float32")
        distances = 1 - ops.einsum("ihwd,jhwd->ij", predicted, true) / positions
        own = ops.sum(distances * ops.eye(ops.shape(image)[0]), axis=1, keepdims=True)
        other = ops.logical_and(pair[:, None] == pair[None], image[:, None] != image[None])
        negative = ops.cast(other, "float32") * weight[None]
        hinges = ops.maximum(0.0, self.margin + own - distances)
        return ops.sum(negative * hinges, axis=1) / ops.maximum(ops.sum(negative, axis=1), 1.0)
