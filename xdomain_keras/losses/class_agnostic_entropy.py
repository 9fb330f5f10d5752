"""Cross entropy that does not mind which of two classes is which."""

import keras
from keras import ops

from xdomain_keras.losses.masking import masked_mean
from xdomain_keras.losses.stretching import stretch_to


@keras.saving.register_keras_serializable(package="xdomain_keras")
class ClassAgnosticEntropy(keras.losses.Loss):
    """`min(CE(y, p), CE(1 - y, p))`, an image at a time: the CACE of paper 003, §4.2.

    Taken a pixel at a time, as the paper writes it, the smaller of `-y log p` and `-(1 - y) log p` is always 0; so both
    entropies are means over the image's pixels first.

    `y_true` is `[B, H, W, 1]`: 0 or 1, -1 = ignored. `y_pred` is float `[B, h, w, 2]`: logits, stretched to H × W where
    they differ. The reduction runs over images.

    Example:

    >>> logits = np.array([[[[9.0, 0.0], [0.0, 9.0]]]])
    >>> loss = ClassAgnosticEntropy()
    >>> float(loss(np.array([[[[0], [1]]]]), logits)) == float(loss(np.array([[[[1], [0]]]]), logits))
    True
    """

    def __init__(self, reduction="sum_over_batch_size", name="class_agnostic_entropy"):
        super().__init__(reduction=reduction, name=name)

    def call(self, y_true, y_pred):
        logits = stretch_to(y_pred, y_true.shape[1:3])
        margin = logits[..., 1] - logits[..., 0]
        true = ops.cast(y_true[..., 0], "float32")
        known = true >= 0
        true = ops.where(known, true, 0.0)
        # softplus(-x) = -log s(x), softplus(x) = -log(1 - s(x)).
        as_it_is = masked_mean(ops.softplus(margin) - true * margin, known, axis=(1, 2))
        turned = masked_mean(ops.softplus(margin) - (1 - true) * margin, known, axis=(1, 2))
        return ops.minimum(as_it_is, turned)
