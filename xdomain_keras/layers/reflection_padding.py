"""Padding that mirrors the picture at its border."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="xdomain_keras")
class ReflectionPadding2D(keras.layers.Layer):
    """Mirror a map at its border without repeating the border itself (as the generator of Zhu et al. 2017 pads).

    Args:
        padding: rows and columns on each side; less than the map's height and width.

    Input is `[B, H, W, C]`, output `[B, H + 2 padding, W + 2 padding, C]`.

    Example:

    >>> row = ops.reshape(ops.arange(3, dtype="float32"), (1, 1, 3, 1))
    >>> ops.convert_to_numpy(ReflectionPadding2D(1)(ops.repeat(row, 2, axis=1)))[0, 0, :, 0].tolist()
    [1.0, 0.0, 1.0, 2.0, 1.0]
    """

    def __init__(self, padding=1, **kwargs):
        super().__init__(**kwargs)
        self.padding = padding

    def call(self, x):
        sides = (self.padding, self.padding)
        return ops.pad(x, ((0, 0), sides, sides, (0, 0)), mode="reflect")

    def compute_output_shape(self, input_shape):
        batch, height, width, channels = input_shape
        return (batch, *(side and side + 2 * self.padding for side in (height, width)), channels)

    def get_config(self):
        return {**super().get_config(), "padding": self.padding}
