"""Heatmaps and depths of keypoints against where they are."""

import math

import keras
from keras import ops

from xdomain_keras.losses.masking import masked_mean


@keras.saving.register_keras_serializable(package="xdomain_keras")
class KeypointsLoss(keras.losses.Loss):
    """`mean over known keypoints k of Σ_c (ŷ_k(c) - exp(-|c - p_k|² / 2σ²))² / πσ² + w_z (ẑ_k - z_k)²`.

    Squared errors of the heatmaps and of the depths (paper 004, §4.1; Bulat & Tzimiropoulos 2017). The sum over the
    cells c is divided by what a heatmap of zeros costs, so that one costs 1 whatever its size and σ.

    `y_true` is float `[B, K, 4]`: x, y as parts of the image's width and height, depth (0 = unknown), and 1 for a known
    keypoint, 0 for another, whose row is not read. One that lies far outside is known to be absent: its heatmap is to
    be 0. `y_pred` is float `[B, h, w, 2K]`: heatmaps, then depths, the same at every place. An image without a known
    keypoint costs 0. The reduction runs over images.

    Args:
        sigma: σ in cells of the heatmap.
        depth_weight: w_z.

    Example:

    >>> y_true = np.array([[[0.5, 0.5, 2.0, 1.0]]])
    >>> round(float(KeypointsLoss(sigma=2.0, depth_weight=0.5)(y_true, np.zeros((1, 32, 32, 2)))), 4)
    3.0
    """

    def __init__(self, sigma=1.0, depth_weight=1.0, reduction="sum_over_batch_size", name="keypoints_loss"):
        super().__init__(reduction=reduction, name=name)
        self.sigma, self.depth_weight = sigma, depth_weight

    def call(self, y_true, y_pred):
        y_true, y_pred = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
        known = y_true[..., 3] > 0
        y_true = ops.where(known[..., None], y_true, 0.0)
        count = y_true.shape[1]
        target = draw_heatmaps(y_true, y_pred.shape[1:3], self.sigma)
        squares = ops.sum(ops.square(y_pred[..., :count] - target), axis=(1, 2)) / (math.pi * self.sigma**2)
        depth = y_true[..., 2]
        apart = ops.square(y_pred[:, 0, 0, count:] - depth)
        return masked_mean(squares + self.depth_weight * ops.where(depth != 0, apart, 0.0), known, axis=1)

    def get_config(self):
        return {**super().get_config(), "sigma": self.sigma, "depth_weight": self.depth_weight}


def draw_heatmaps(points, shape, sigma):
    """`exp(-|c - p|² / 2σ²)` at the centres c of cells.

    Args:
        points: float `[B, K, ≥ 2]`, x and y as parts of the image's width and height.
        shape: (h, w) of the maps.
        sigma: σ in cells.

    Returns:
        float32 `[B, h, w, K]`.

    Example:

    >>> np.round(np.array(draw_heatmaps(ops.array([[[0.5, 0.5]]]), (1, 3), 1.0)).ravel(), 3).tolist()
    [0.607, 1.0, 0.607]
    """
    profiles = []
    for size, place in ((shape[1], points[..., 0]), (shape[0], points[..., 1])):
        apart = (ops.arange(size, dtype="float32") + 0.5)[None, :, None] - place[:, None] * size
        profiles.append(ops.exp(-ops.square(apart) / (2 * sigma**2)))
    along, down = profiles
    return down[:, :, None] * along[:, None]
