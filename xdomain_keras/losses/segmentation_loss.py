"""The cross entropy of semantic segmentation."""

import keras
from keras import ops

from xdomain_keras.losses.class_sets import members_of, set_cross_entropy
from xdomain_keras.losses.masking import masked_mean
from xdomain_keras.losses.stretching import stretch_to


@keras.saving.register_keras_serializable(package="xdomain_keras")
class SegmentationLoss(keras.losses.Loss):
    """`mean over labelled pixels of -log Σ_{c ∈ S} p_c`, `p = softmax(y_pred)`, an image at a time.

    S is the set of classes that a pixel may be; where it is one class, this is the cross entropy.
    `y_true` is `[B, H, W, 1]`: class ids from 0 to C - 1, from C on rows of `class_sets`, -1 = ignored. `y_pred` is
    float `[B, h, w, C]`: logits, stretched to H × W where they differ. An image without a labelled pixel costs 0. The
    reduction runs over images.

    Args:
        class_sets: list of lists of class indices, the sets that ids from C on stand for.

    Example:

    >>> loss = SegmentationLoss()
    >>> round(float(loss(np.array([[[[1], [-1]]]]), np.zeros((1, 1, 2, 4)))), 4)  # log 4
    1.3863
    """

    def __init__(self, class_sets=(), reduction="sum_over_batch_size", name="segmentation_loss"):
        super().__init__(reduction=reduction, name=name)
        self.class_sets = [list(own) for own in class_sets]

    def call(self, y_true, y_pred):
        logits = stretch_to(y_pred, y_true.shape[1:3])
        ids = ops.cast(ops.round(y_true[..., 0]), "int32")  # targets come as float32
        labelled = ids >= 0
        if self.class_sets:
            entropy = set_cross_entropy(members_of(ids, self.class_sets, logits.shape[-1]), logits)
            return masked_mean(entropy, labelled, axis=(1, 2))
        chosen = ops.one_hot(ops.where(labelled, ids, 0), logits.shape[-1], dtype="float32")
        entropy = -ops.sum(chosen * ops.log_softmax(logits, axis=-1), axis=-1)
        return masked_mean(entropy, labelled, axis=(1, 2))

    def get_config(self):
        return {**super().get_config(), "class_sets": self.class_sets}
