"""The class-agnostic segmentation loss."""

from typing import Literal

import keras
from keras import ops

from xdomain_keras.errors import ConfigError
from xdomain_keras.losses.region_loss import (
    RegionLoss,
    as_pixels,
    border_lengths,
    own_means,
    region_means,
    region_sums,
    squared_distances,
)
from xdomain_keras.signatures import check_choices


@keras.saving.register_keras_serializable(package="xdomain_keras")
class CASLoss(RegionLoss):
    """`α Σ_i U_i - (1 - α) Σ_i Σ_{j≠i} ‖ŝ_i - ŝ_j‖²` (paper 003, Eq. 1).

    s(x) is a pixel's descriptor, ŝ_i the mean over region i, and `U_i = mean_{x ∈ i} ‖s(x) - ŝ_i‖²`. With k regions
    the double sum is `2 k Σ ‖ŝ_i - mean ŝ‖²`: the cost is that of two passes over the pixels, whatever k. The softmax
    has values in [0, 1]; then U_i ≤ 1, and the double sum, over ordered pairs, ≤ 2 k (k - 1): 4 for two regions, not
    the 1 of §3.3, so that it outweighs U the more regions there are.

    Args:
        alpha: α in [0, 1]; .1 in the paper.
        normalization: `"none"`: Eq. 1; `"pairs"`: means over the regions and over the pairs, so that images with many
            regions do not outweigh the others; `"borders"`: `mean_x ‖s(x) - ŝ(x)‖²` over the pixels for the first sum,
            and for the second the mean over the borders, pixel by pixel, of `‖ŝ_i - ŝ_j‖²` of the two regions that meet
            there. Regions lie apart, so that a network can please Eq. 1 by the place of a pixel alone, whatever the
            image shows; across a border the place hardly differs. (Ours.)
        as_released: as the authors' code has it, for two regions: U of region 1 alone, and the pair counted once. (Its
            α is .5.)
        descriptor, max_regions: see `RegionLoss`.

    Raises:
        ConfigError: α is not in [0, 1], an option that does not exist, or one that `as_released` has not.

    Example:

    >>> ids, logits = np.array([[[[0], [1]]]]), np.array([[[[99.0, 0.0], [0.0, 99.0]]]])
    >>> round(float(CASLoss(alpha=0.1)(ids, logits)), 4)  # -.9 (2 + 2)
    -3.6
    """

    def __init__(
        self,
        alpha: float = 0.1,
        normalization: Literal["none", "pairs", "borders"] = "none",
        as_released: bool = False,
        descriptor: Literal["softmax", "linear", "unit"] = "softmax",
        max_regions: int = 64,
        reduction="sum_over_batch_size",
        name="cas_loss",
    ):
        super().__init__(descriptor, max_regions, reduction, name)
        check_choices(CASLoss, normalization=normalization)
        if not 0 <= alpha <= 1:
            raise ConfigError(f"alpha is {alpha}; expected a number in [0, 1], .1 in the paper.")
        if as_released and (normalization != "none" or max_regions < 2):
            raise ConfigError(
                f"as_released with normalization {normalization} and max_regions {max_regions}; the released code has "
                "Eq. 1 for two regions: leave normalization out, and give 2 or more."
            )
        self.alpha, self.normalization, self.as_released = alpha, normalization, as_released

    def compare(self, descriptors, ids):
        pixels, own = as_pixels(descriptors, ids)
        counts, means = region_means(pixels, own, self.max_regions)
        # A second pass, since `mean ‖s‖² - ‖ŝ‖²` cancels in float32. ŝ is held: Σ (s - ŝ) = 0 brings it no gradient.
        around = ops.sum(ops.square(pixels - ops.stop_gradient(own_means(means, own))), axis=-1)
        uniformer = region_sums(around, own, self.max_regions) / ops.maximum(counts, 1.0)
        if self.as_released:
            both = ops.cast((counts[:, 0] > 0) & (counts[:, 1] > 0), "float32")
            apart = both * ops.sum(ops.square(means[:, 1] - means[:, 0]), axis=-1)
            return self.alpha * uniformer[:, 1] - (1 - self.alpha) * apart
        if self.normalization == "borders":
            lengths = border_lengths(ids, self.max_regions)
            apart = mean_of(squared_distances(means, means), lengths, axes=(1, 2))
            return self.alpha * mean_of(uniformer, counts, axes=1) - (1 - self.alpha) * apart
        present = ops.cast(counts > 0, "float32")[..., None]
        number = ops.sum(present, axis=(1, 2))
        middle = ops.sum(means, axis=1, keepdims=True) / ops.maximum(number, 1.0)[:, None, None]
        apart = 2 * number * ops.sum(present * ops.square(means - middle), axis=(1, 2))
        uniformer = ops.sum(uniformer, axis=-1)
        if self.normalization == "pairs":
            uniformer /= ops.maximum(number, 1.0)
            apart /= ops.maximum(number * (number - 1), 1.0)
        return self.alpha * uniformer - (1 - self.alpha) * apart

    def get_config(self):
        own = {"alpha": self.alpha, "normalization": self.normalization, "as_released": self.as_released}
        return {**super().get_config(), **own}


def mean_of(values, weights, axes):
    """The weighted mean, 0 where there is no weight."""
    return ops.sum(weights * values, axis=axes) / ops.maximum(ops.sum(weights, axis=axes), 1.0)
