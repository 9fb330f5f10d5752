"""The decoders of tasks with a value a pixel."""

from typing import Literal

import keras
from keras import ops

from xdomain_keras.layers.unit_length import unit_length
from xdomain_keras.signatures import check_choices

ACTIVATIONS = {
    "sigmoid": ops.sigmoid,
    "linear": lambda x: x,
    "relu": ops.relu,
    "softmax": lambda x: ops.softmax(x, axis=-1),
    "unit": lambda x: unit_length(x, 1e-12),
}


@keras.saving.register_keras_serializable(package="xdomain_keras")
class DecodeMap(keras.layers.Layer):
    """A head's tensor `[B, h, w, C]` → `{"map": [B, H, W, C]}`, stretched, then through an activation.

    Args:
        activation: `"sigmoid"` (parts in [0, 1]), `"softmax"` over the channels, `"relu"` (depth), `"unit"` (vectors of
            length 1) or `"linear"`.
        size: (H, W) of the map; None leaves the head's.
        channel: the one that is kept, C is then 1; None for all.

    Raises:
        ConfigError: unknown activation.

    Example:

    >>> float(DecodeMap("sigmoid")(ops.zeros((1, 1, 1, 1)))["map"][0, 0, 0, 0])
    0.5
    """

    def __init__(
        self,
        activation: Literal["sigmoid", "linear", "relu", "softmax", "unit"],
        size=None,
        channel=None,
        dtype="float32",
        **kwargs,
    ):
        super().__init__(dtype=dtype, **kwargs)  # half precision would round the logits before the activation
        check_choices(DecodeMap, activation=activation)
        self.activation, self.size, self.channel = activation, tuple(size) if size else None, channel

    def call(self, x):
        if self.size and tuple(x.shape[1:3]) != self.size:
            x = ops.image.resize(x, self.size, interpolation="bilinear")
        x = ACTIVATIONS[self.activation](x)
        return {"map": x if self.channel is None else x[..., self.channel : self.channel + 1]}

    def get_config(self):
        own = {"activation": self.activation, "size": self.size, "channel": self.channel}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable(package="xdomain_keras")
class DecodeClasses(keras.layers.Layer):
    """Logits `[B, h, w, C]` → `{"ids": int32 [B, H, W], "score": float [B, H, W]}`, class and its probability.

    Args:
        size: (H, W) of the maps; None leaves the head's.

    Example:

    >>> decoded = DecodeClasses()(ops.array([[[[0.0, 9.0, 0.0]]]]))
    >>> int(decoded["ids"][0, 0, 0]), float(decoded["score"][0, 0, 0]) > 0.99
    (1, True)
    """

    def __init__(self, size=None, dtype="float32", **kwargs):
        super().__init__(dtype=dtype, **kwargs)
        self.size = tuple(size) if size else None

    def call(self, logits):
        if self.size and tuple(logits.shape[1:3]) != self.size:
            logits = ops.image.resize(logits, self.size, interpolation="bilinear")
        probabilities = ops.softmax(logits, axis=-1)
        return {"ids": ops.argmax(probabilities, axis=-1), "score": ops.max(probabilities, axis=-1)}

    def get_config(self):
        return {**super().get_config(), "size": self.size}
