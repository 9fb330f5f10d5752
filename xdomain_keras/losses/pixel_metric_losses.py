"""Metric learning on some pixels: triplets (FaceNet) and clusters (Magnet)."""

from typing import Literal

import keras
import numpy as np
from keras import ops

from xdomain_keras.errors import ConfigError
from xdomain_keras.losses.region_loss import RegionLoss, as_pixels, squared_distances


class SampledPixels(RegionLoss):
    """Base of the losses whose cost grows with the square of the pixels, and which look at some of them.

    Args:
        pixels: how many of an image, evenly over its rows and columns.
        descriptor, max_regions: see `RegionLoss`.
    """

    def __init__(self, pixels, descriptor, max_regions, reduction, name):
        super().__init__(descriptor, max_regions, reduction, name)
        if pixels < 2:
            raise ConfigError(f"pixels is {pixels}; expected an integer from 2 up.")
        self.pixels = pixels

    def sample(self, descriptors, ids):
        """Descriptors `[B, S, M]` and regions `[B, S]` of the chosen pixels."""
        descriptors, ids = as_pixels(descriptors, ids)
        count = descriptors.shape[1]
        chosen = np.unique(np.linspace(0, count - 1, min(self.pixels, count)).round().astype("int32"))
        return ops.take(descriptors, chosen, axis=1), ops.take(ids, chosen, axis=1)

    def get_config(self):
        return {**super().get_config(), "pixels": self.pixels}


@keras.saving.register_keras_serializable(package="xdomain_keras")
class TripletLoss(SampledPixels):
    """`mean over (a, p) of [‖a - p‖² - ‖a - n‖² + margin]₊` (Schroff et al. 2015, Eq. 3).

    a and p are pixels of one region; n is the nearest pixel of another that is further from a than p is (semi-hard,
    §3.2 there), or the furthest where none is.

    Args:
        margin: in squared distances.
        pixels: see `SampledPixels`.
        descriptor, max_regions: see `RegionLoss`.

    Example:

    >>> ids, values = np.array([[[[0], [0], [1]]]]), np.array([[[[0.0], [1.0], [3.0]]]])
    >>> float(TripletLoss(descriptor="linear", margin=9.0)(ids, values))  # (1 - 9 + 9 + 1 - 4 + 9) / 2
    3.5
    """

    def __init__(
        self,
        margin: float = 0.2,
        pixels: int = 96,
        descriptor: Literal["softmax", "linear", "unit"] = "softmax",
        max_regions: int = 64,
        reduction="sum_over_batch_size",
        name="triplet_loss",
    ):
        super().__init__(pixels, descriptor, max_regions, reduction, name)
        self.margin = margin

    def compare(self, descriptors, ids):
        descriptors, ids = self.sample(descriptors, ids)
        far = squared_distances(descriptors, descriptors)
        known = (ids >= 0) & (ids < self.max_regions)
        both = known[:, :, None] & known[:, None, :]
        same = both & (ids[:, :, None] == ids[:, None, :])
        other = both & (ids[:, :, None] != ids[:, None, :])
        positive = same & (ops.eye(ids.shape[1]) == 0)
        # [B, a, p, n]: is n another region's, and further than p?
        beyond = other[:, :, None, :] & (far[:, :, None, :] > far[:, :, :, None])
        semi_hard = ops.min(ops.where(beyond, far[:, :, None, :], np.inf), axis=-1)
        furthest = ops.max(ops.where(other, far, -np.inf), axis=-1)[:, :, None]
        negative = ops.where(ops.any(beyond, axis=-1), semi_hard, furthest)
        counted = positive & ops.any(other, axis=-1)[:, :, None]
        loss = ops.relu(ops.where(counted, far, 0.0) - ops.where(counted, negative, 0.0) + self.margin)
        counted = ops.cast(counted, "float32")
        return ops.sum(loss * counted, axis=(1, 2)) / ops.maximum(ops.sum(counted, axis=(1, 2)), 1.0)

    def get_config(self):
        return {**super().get_config(), "margin": self.margin}


@keras.saving.register_keras_serializable(package="xdomain_keras")
class MagnetLoss(SampledPixels):
    """`mean over x of [d(x, μ(x)) / 2σ² + margin + log Σ_{c ≠ c(x)} exp(-d(x, μ_c) / 2σ²)]₊` (Rippel et al. 2016).

    Equation 5 there: d is the squared distance, μ_c the mean of region c, its one cluster, and σ² the variance of all
    x about their means.

    Args:
        margin: α there.
        pixels: see `SampledPixels`.
        descriptor, max_regions: see `RegionLoss`.

    Example:

    >>> ids, values = np.array([[[[0], [0], [1], [1]]]]), np.array([[[[0.0], [2.0], [4.0], [6.0]]]])
    >>> round(float(MagnetLoss(margin=4.0, descriptor="linear")(ids, values)), 4)  # (0 + 1 + 1 + 0) / 4, σ² = 4 / 3
    0.5
    """

    def __init__(
        self,
        margin: float = 1.0,
        pixels: int = 512,
        descriptor: Literal["softmax", "linear", "unit"] = "softmax",
        max_regions: int = 64,
        reduction="sum_over_batch_size",
        name="magnet_loss",
    ):
        super().__init__(pixels, descriptor, max_regions, reduction, name)
        self.margin = margin

    def compare(self, descriptors, ids):
        descriptors, ids = self.sample(descriptors, ids)
        members = ops.cast(ids[..., None] == ops.arange(self.max_regions, dtype="int32"), "float32")
        sizes = ops.sum(members, axis=1)
        means = ops.matmul(ops.transpose(members, (0, 2, 1)), descriptors) / ops.maximum(sizes, 1.0)[..., None]
        far = squared_distances(descriptors, means)
        own, known = ops.sum(members * far, axis=-1), ops.sum(members, axis=-1)
        number = ops.sum(known, axis=1)
        variance = ops.sum(own, axis=1) / ops.maximum(number - 1, 1.0)
        scaled = far / (2 * variance + 1e-6)[:, None, None]
        others = (sizes > 0)[:, None, :] & (members == 0)
        some = ops.any(others, axis=-1)
        # A region alone has no others; the sum of nothing is kept out of the logarithm.
        nearest = ops.logsumexp(ops.where(others, -scaled, -1e9), axis=-1)
        loss = ops.relu(ops.sum(members * scaled, axis=-1) + self.margin + ops.where(some, nearest, -1e9))
        counted = known * ops.cast(some, "float32")
        return ops.sum(loss * counted, axis=1) / ops.maximum(ops.sum(counted, axis=1), 1.0)

    def get_config(self):
        return {**super().get_config(), "margin": self.margin}
