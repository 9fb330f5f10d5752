"""The angle between two fields of surface normals."""

import keras
from keras import ops

from xdomain_keras.losses.masking import masked_mean
from xdomain_keras.losses.stretching import stretch_to

EPSILON = 1e-12


@keras.saving.register_keras_serializable(package="xdomain_keras")
class NormalsLoss(keras.losses.Loss):
    """`mean over known pixels of 1 - cos(y_true, y_pred)` (paper 002, §4; paper 004, §3), an image at a time.

    `y_true` is float `[B, H, W, 3]`: unit vectors, 0 = unknown. `y_pred` is float `[B, h, w, 3]` of any length,
    stretched to H × W where they differ. An image without a known pixel costs 0. The reduction runs over images.

    Example:

    >>> up, across = np.array([0.0, 0.0, 1.0]), np.array([0.0, 3.0, 0.0])
    >>> float(NormalsLoss()(np.tile(up, (1, 2, 2, 1)), np.tile(across, (1, 2, 2, 1))))
    1.0
    """

    def __init__(self, reduction="sum_over_batch_size", name="normals_loss"):
        super().__init__(reduction=reduction, name=name)

    def call(self, y_true, y_pred):
        y_pred, y_true = stretch_to(y_pred, y_true.shape[1:3]), ops.cast(y_true, "float32")
        known = ops.any(y_true != 0, axis=-1)
        length = ops.sqrt(ops.sum(ops.square(y_pred), axis=-1) + EPSILON)
        cosine = ops.sum(ops.where(known[..., None], y_true, 0.0) * y_pred, axis=-1) / length
        return masked_mean(1 - cosine, known, axis=(1, 2))
