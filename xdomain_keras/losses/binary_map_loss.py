"""The cross entropy of maps of yes and no: edges, salient objects."""

import keras
from keras import ops

from xdomain_keras.errors import ConfigError
from xdomain_keras.losses.masking import masked_mean
from xdomain_keras.losses.stretching import stretch_to


@keras.saving.register_keras_serializable(package="xdomain_keras")
class BinaryMapLoss(keras.losses.Loss):
    """`mean over pixels of -p y log s - (1 - p)(1 - y) log(1 - s)`, s the sigmoid of the logits, an image at a time.

    Args:
        positive_weight: p in (0, 1). Edges are few: 0.95 is usual (Vandenhende et al., TPAMI 2021). `None` takes
            for each image the part of its pixels that are negative (Xie and Tu 2015, Eq. 2), which balances both.
            0.5 is half the plain cross entropy.

    `y_true` is float `[B, H, W, 1]` in [0, 1], -1 = ignored. `y_pred` is float `[B, h, w, 1]`: logits, stretched to
    H × W where they differ. The reduction runs over images.

    Raises:
        ConfigError: the weight is not in (0, 1).

    Example:

    >>> loss = BinaryMapLoss(positive_weight=0.95)
    >>> round(float(loss(np.ones((1, 2, 2, 1)), np.zeros((1, 2, 2, 1)))), 4)  # 0.95 log 2
    0.6585
    """

    def __init__(self, positive_weight=None, reduction="sum_over_batch_size", name="binary_map_loss"):
        super().__init__(reduction=reduction, name=name)
        if positive_weight is not None and not 0 < positive_weight < 1:
            raise ConfigError(f"positive_weight is {positive_weight}; expected a number in (0, 1), or null.")
        self.positive_weight = positive_weight

    def call(self, y_true, y_pred):
        logits = stretch_to(y_pred, y_true.shape[1:3])[..., 0]
        y_true = ops.cast(y_true[..., 0], "float32")
        labelled = y_true >= 0
        y_true = ops.where(labelled, y_true, 0.0)
        weight = self.positive_weight
        if weight is None:
            weight = 1 - masked_mean(y_true, labelled, axis=(1, 2))[:, None, None]
        # softplus(-x) = -log s, softplus(x) = -log(1 - s).
        entropy = weight * y_true * ops.softplus(-logits) + (1 - weight) * (1 - y_true) * ops.softplus(logits)
        return masked_mean(entropy, labelled, axis=(1, 2))

    def get_config(self):
        return {**super().get_config(), "positive_weight": self.positive_weight}
