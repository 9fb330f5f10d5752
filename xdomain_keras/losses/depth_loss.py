"""The distance of two depth maps."""

import keras
from keras import ops

from xdomain_keras.losses.masking import masked_mean
from xdomain_keras.losses.stretching import stretch_to


@keras.saving.register_keras_serializable(package="xdomain_keras")
class DepthLoss(keras.losses.Loss):
    """`mean over known pixels of |y_true - y_pred|` (paper 002, §4), an image at a time.

    `y_true` is float `[B, H, W, 1]`, 0 = unknown. `y_pred` is float `[B, h, w, 1]`, stretched to H × W where
    they differ. An image without a known pixel costs 0. The reduction runs over images.

    Example:

    >>> float(DepthLoss()(np.array([[[[2.0], [0.0]]]]), np.full((1, 1, 2, 1), 5.0)))
    3.0
    """

    def __init__(self, reduction="sum_over_batch_size", name="depth_loss"):
        super().__init__(reduction=reduction, name=name)

    def call(self, y_true, y_pred):
        y_pred, y_true = stretch_to(y_pred, y_true.shape[1:3]), ops.cast(y_true, "float32")
        known = ops.any(y_true != 0, axis=-1)
        return masked_mean(ops.mean(ops.abs(y_true - y_pred), axis=-1), known, axis=(1, 2))
