"""The discriminative loss of De Brabandere et al. (2017)."""

from typing import Literal

import keras
from keras import ops

from xdomain_keras.losses.region_loss import (
    RegionLoss,
    as_pixels,
    distance,
    own_means,
    region_means,
    region_sums,
    squared_distances,
)


@keras.saving.register_keras_serializable(package="xdomain_keras")
class DiscriminativeLoss(RegionLoss):
    """`mean_c mean_i [‖μ_c - x_i‖ - δ_v]₊² + mean_{a≠b} [2 δ_d - ‖μ_a - μ_b‖]₊² + γ mean_c ‖μ_c‖` (Eq. 1 to 4 there).

    μ_c is the mean descriptor of region c. Paper 003 compares with it (Tables 2, 4 and 5).

    Args:
        pull: δ_v, the distance from the mean that costs nothing.
        push: δ_d, half the distance of two means from which on they cost nothing.
        regularizer: γ.
        descriptor, max_regions: see `RegionLoss`.

    Example:

    >>> ids, values = np.array([[[[0], [1]]]]), np.array([[[[0.0], [2.0]]]])
    >>> float(DiscriminativeLoss(regularizer=0.0, descriptor="linear")(ids, values))  # (3 - 2)²
    1.0
    """

    def __init__(
        self,
        pull: float = 0.5,
        push: float = 1.5,
        regularizer: float = 0.001,
        descriptor: Literal["softmax", "linear", "unit"] = "softmax",
        max_regions: int = 64,
        reduction="sum_over_batch_size",
        name="discriminative_loss",
    ):
        super().__init__(descriptor, max_regions, reduction, name)
        self.pull, self.push, self.regularizer = pull, push, regularizer

    def compare(self, descriptors, ids):
        descriptors, ids = as_pixels(descriptors, ids)
        counts, means = region_means(descriptors, ids, self.max_regions)
        present = ops.cast(counts > 0, "float32")
        number = ops.maximum(ops.sum(present, axis=-1), 1.0)
        away = distance(ops.sum(ops.square(descriptors - own_means(means, ids)), axis=-1))
        beyond = ops.square(ops.relu(away - self.pull))
        spread = region_sums(beyond, ids, self.max_regions) / ops.maximum(counts, 1.0)
        pulled = ops.sum(spread, axis=-1) / number
        pairs = present[:, :, None] * present[:, None, :] * (1 - ops.eye(self.max_regions))
        apart = distance(squared_distances(means, means))
        pushed = ops.sum(pairs * ops.square(ops.relu(2 * self.push - apart)), axis=(1, 2))
        pushed /= ops.maximum(ops.sum(pairs, axis=(1, 2)), 1.0)
        length = ops.sum(present * distance(ops.sum(means * means, axis=-1)), axis=-1) / number
        return pulled + pushed + self.regularizer * length

    def get_config(self):
        return {**super().get_config(), "pull": self.pull, "push": self.push, "regularizer": self.regularizer}
