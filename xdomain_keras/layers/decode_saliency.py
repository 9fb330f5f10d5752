"""The decoder of saliency."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="xdomain_keras")
class DecodeSaliency(keras.layers.Layer):
    """Logits `[B, H, W, 1]` → `{"map": [B, H, W, 1]}`, their sigmoid in [0, 1] (paper 000, §4.1).

    Example:

    >>> float(DecodeSaliency()(ops.zeros((1, 1, 1, 1)))["map"][0, 0, 0, 0])
    0.5
    """

    def __init__(self, dtype="float32", **kwargs):
        super().__init__(dtype=dtype, **kwargs)  # half precision would round the logits before the sigmoid

    def call(self, logits):
        return {"map": ops.sigmoid(logits)}
