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

    def call(self, logits):
        return {"map": ops.sigmoid(ops.cast(logits, "float32"))}
