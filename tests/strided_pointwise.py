"""A guard for the whole suite: no strided 1x1 convolution reads fewer than 8 channels.

On CPUs, torch 2.13's oneDNN writes beyond its memory in the backward pass of such a convolution with one thread, and
the process dies in whatever test happens to run then.
"""

import functools

import keras

LEAST = 8


def forbid_strided_pointwise():
    """Make `keras.layers.Conv2D` fail with the layer's name where it would be such a convolution."""
    build = keras.layers.Conv2D.build

    @functools.wraps(build)
    def build_unless_it_corrupts_memory(layer, input_shape):
        channels = input_shape[1 if layer.data_format == "channels_first" else -1]
        if set(layer.kernel_size) == {1} and max(layer.strides) > 1 and channels < LEAST:
            raise AssertionError(
                f"{layer.name}: a 1x1 convolution of stride {max(layer.strides)} over {channels} channels; expected "
                f"{LEAST} channels or more, fewer corrupt the memory of torch's process. Make the network wider."
            )
        return build(layer, input_shape)

    keras.layers.Conv2D.build = build_unless_it_corrupts_memory
