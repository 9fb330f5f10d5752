"""What losses that read regions, and no class, share."""

from typing import Literal

import keras
from keras import ops

from xdomain_keras.errors import ConfigError
from xdomain_keras.losses.stretching import stretch_to
from xdomain_keras.signatures import check_choices


def region_sums(values, ids, max_regions):
    """Sums over regions in one pass over the pixels, O(P M) for P pixels and M channels.

    Args:
        values: float32 `[B, P, …]`.
        ids: int32 `[B, P]`: the region of each pixel, 0 to `max_regions - 1`; any other number is not a region.
        max_regions: R.

    Returns:
        float32 `[B, R, …]`, 0 for regions without a pixel.

    Example:

    >>> ops.convert_to_numpy(region_sums(ops.array([[1.0, 3.0, 9.0]]), ops.array([[0, 0, -1]]), 2)).tolist()
    [[4.0, 0.0]]
    """
    num_images, shape = ops.shape(values)[0], values.shape[2:]
    known = (ids >= 0) & (ids < max_regions)
    rows = ops.arange(num_images, dtype="int32")[:, None] * max_regions
    # Pixels of no region go to one row more, which is dropped.
    segments = ops.reshape(ops.where(known, rows + ids, num_images * max_regions), (-1,))
    sums = ops.segment_sum(ops.reshape(values, (-1, *shape)), segments, num_images * max_regions + 1)
    return ops.reshape(sums[:-1], (num_images, max_regions, *shape))


def region_means(descriptors, ids, max_regions):
    """Numbers of pixels `[B, R]` and mean descriptors `[B, R, M]` of regions; 0 for those without a pixel.

    Args:
        descriptors: float32 `[B, P, M]`.
        ids, max_regions: as for `region_sums`.

    Example:

    >>> counts, means = region_means(ops.array([[[1.0], [3.0], [9.0]]]), ops.array([[0, 0, -1]]), 2)
    >>> ops.convert_to_numpy(counts).tolist(), ops.convert_to_numpy(means)[0, :, 0].tolist()
    ([[2.0, 0.0]], [2.0, 0.0])
    """
    counts = region_sums(ops.ones_like(descriptors[..., 0]), ids, max_regions)
    return counts, region_sums(descriptors, ids, max_regions) / ops.maximum(counts, 1.0)[..., None]


def own_means(means, ids):
    """Each pixel's row of means `[B, R, M]`, `[B, P, M]`; where it has no region, that of some region."""
    num_images, max_regions, num_channels = ops.shape(means)[0], *means.shape[1:]
    rows = ops.arange(num_images, dtype="int32")[:, None] * max_regions + ops.clip(ids, 0, max_regions - 1)
    return ops.take(ops.reshape(means, (-1, num_channels)), rows, axis=0)


def border_lengths(ids, max_regions):
    """How many neighbouring pixels (of 4) two regions share, O(P).

    Args:
        ids: int32 `[B, H, W]`, as for `region_sums`.
        max_regions: R.

    Returns:
        float32 `[B, R, R]`, symmetric, 0 on the diagonal.

    Example:

    >>> ops.convert_to_numpy(border_lengths(ops.array([[[0, 1], [0, -1]]]), 2))[0].tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    num_images, total = ops.shape(ids)[0], 0.0
    rows = ops.arange(num_images, dtype="int32")[:, None, None] * max_regions**2
    for a, b in ((ids[:, :-1], ids[:, 1:]), (ids[:, :, :-1], ids[:, :, 1:])):
        least, most = ops.minimum(a, b), ops.maximum(a, b)
        touching = (least >= 0) & (most < max_regions) & (least != most)
        bins = ops.reshape(ops.where(touching, rows + least * max_regions + most, num_images * max_regions**2), (-1,))
        total += ops.segment_sum(ops.ones_like(bins, dtype="float32"), bins, num_images * max_regions**2 + 1)
    above = ops.reshape(total[:-1], (-1, max_regions, max_regions))
    return above + ops.transpose(above, (0, 2, 1))


def as_pixels(descriptors, ids):
    """`[B, H, W, M]` and `[B, H, W]` as `[B, P, M]` and `[B, P]`, row by row."""
    num_images = ops.shape(ids)[0]
    return ops.reshape(descriptors, (num_images, -1, descriptors.shape[-1])), ops.reshape(ids, (num_images, -1))


class RegionLoss(keras.losses.Loss):
    """Base of the losses that see which pixels belong together, and not to which class.

    `y_true` is `[B, H, W, A]`: the number of each pixel's region, 0 to `max_regions - 1`, as A annotators drew them; -1
    (and all above) is ignored. The numbers mean nothing beyond that. `y_pred` is float `[B, h, w, M]`, stretched to
    H × W where it differs. An image's loss is the mean over its annotators that drew a region; the reduction runs over
    images.

    A loss built on this one implements `compare`.

    Args:
        descriptor: what is compared of a pixel: `"softmax"` of its channels (paper 003, §3.1), the channels as they are
            (`"linear"`), or their direction (`"unit"`).
        max_regions: the most regions in an image.

    Raises:
        ConfigError: an unknown descriptor, or no regions.
    """

    def __init__(
        self,
        descriptor: Literal["softmax", "linear", "unit"] = "softmax",
        max_regions: int = 64,
        reduction="sum_over_batch_size",
        name="region_loss",
    ):
        super().__init__(reduction=reduction, name=name)
        check_choices(RegionLoss, descriptor=descriptor)
        if max_regions < 1:
            raise ConfigError(f"max_regions is {max_regions}; expected an integer from 1 up.")
        self.descriptor, self.max_regions = descriptor, max_regions

    def call(self, y_true, y_pred):
        # In float32 under mixed precision too: sums run over all pixels.
        values = stretch_to(y_pred, y_true.shape[1:3])
        descriptors = self.describe(values)
        total = count = 0.0
        for annotator in range(y_true.shape[-1]):
            ids = ops.cast(ops.round(y_true[..., annotator]), "int32")  # targets come as float32
            drawn = ops.cast(ops.any(ids >= 0, axis=(1, 2)), "float32")
            total += drawn * self.compare(descriptors, ids)
            count += drawn
        return total / ops.maximum(count, 1.0)

    def describe(self, values):
        """The descriptors `[B, H, W, M]` of raw channels."""
        if self.descriptor == "softmax":
            return ops.softmax(values, axis=-1)
        if self.descriptor == "unit":
            return values * ops.rsqrt(ops.sum(values * values, axis=-1, keepdims=True) + 1e-12)
        return values

    def compare(self, descriptors, ids):
        """The loss of every image, float32 `[B]`, of descriptors `[B, H, W, M]` and regions `[B, H, W]`."""
        raise NotImplementedError

    def get_config(self):
        return {**super().get_config(), "descriptor": self.descriptor, "max_regions": self.max_regions}


def distance(squared):
    """The square root of squared distances, with gradient 0 where they are 0."""
    positive = squared > 0
    return ops.where(positive, ops.sqrt(ops.where(positive, squared, 1.0)), 0.0)


def squared_distances(a, b):
    """`‖a_i - b_j‖²` of `[B, I, M]` and `[B, J, M]`, as `[B, I, J]`; not below 0."""
    norms = ops.sum(a * a, axis=-1)[:, :, None] + ops.sum(b * b, axis=-1)[:, None, :]
    return ops.maximum(norms - 2 * ops.matmul(a, ops.transpose(b, (0, 2, 1))), 0.0)
