"""ResNet v1.5 as a feature pyramid, laid out so that torchvision's weights fit."""

from typing import Literal

import keras
from keras import layers

from xdomain_keras.layers.input_scale import IMAGENET_OFFSET, IMAGENET_SCALE
from xdomain_keras.models.channels import scale_channels
from xdomain_keras.models.conv_norm import batch_norm
from xdomain_keras.signatures import check_choices

NUM_BLOCKS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3)}


def resnet(
    input_shape,
    depth: Literal[18, 34, 50, 101] = 50,
    width: float = 1.0,
    output_stride: Literal[8, 16, 32] = 32,
    name="backbone",
):
    """Build a ResNet v1.5 (He et al. 2016, with the stride in the 3x3 convolution).

    Layers are named `<name>_` + torchvision's name with `_` for `.`, as `backbone_layer4_0_conv2`;
    padding is symmetric as in torch. At 300 pixels the levels are 75, 38, 19 and 10 cells wide.

    With an `output_stride` of 16 or 8 the last one or two stages keep their resolution and dilate instead (Yu &
    Koltun 2017; the PASCAL networks of paper 002, §4): a convolution that gives up its stride keeps the dilation
    from before, all 3x3 convolutions after it have twice that. Parameters, and so weights files, are the same.

    Args:
        input_shape: (height, width, 3); None for sizes that are not fixed.
        depth: number of layers.
        width: factor of all channels, see `scale_channels`; 1 is the published network.
        output_stride: the largest stride, 8, 16 or 32.
        name: of the model, and prefix of its layers.

    Returns:
        `keras.Model` from images in [0, 255] to `{"c2", "c3", "c4", "c5"}` of strides 4 to `output_stride`.

    Raises:
        ConfigError: a depth or output stride that does not exist.

    Example:

    >>> pyramid = resnet((64, 96, 3), depth=18, width=0.125)
    >>> pyramid.output["c5"].shape
    (None, 2, 3, 64)
    >>> resnet((64, 96, 3), depth=18, width=0.125, output_stride=8).output["c5"].shape
    (None, 8, 12, 64)
    """
    check_choices(resnet, depth=depth, output_stride=output_stride)
    block = _bottleneck if depth >= 50 else _basic_block
    images = keras.Input(input_shape, name="images")
    x = layers.Rescaling(IMAGENET_SCALE, IMAGENET_OFFSET, name=f"{name}_normalize")(images)
    x = _convolve(x, scale_channels(64, width), 7, 2, f"{name}_conv1")
    x = layers.ReLU(name=f"{name}_relu")(batch_norm(f"{name}_bn1")(x))
    x = layers.ZeroPadding2D(1, name=f"{name}_maxpool_pad")(x)  # after the ReLU zeros are as good as -inf
    x = layers.MaxPooling2D(3, 2, name=f"{name}_maxpool")(x)
    pyramid, total, rate = {}, 4, 1
    for stage, num_blocks in enumerate(NUM_BLOCKS[depth], start=1):
        filters = scale_channels(64 * 2 ** (stage - 1), width)
        dilates = stage > 1 and total == output_stride
        stride = 1 if stage == 1 or dilates else 2
        total, before, rate = total * stride, rate, rate * (2 if dilates else 1)
        for index in range(num_blocks):
            rates = (rate if index else before, rate)
            x = block(x, filters, 1 if index else stride, rates, f"{name}_layer{stage}_{index}")
        pyramid[f"c{stage + 1}"] = x
    return keras.Model(images, pyramid, name=name)


def _bottleneck(x, filters, stride, rates, name):
    y = layers.ReLU(name=f"{name}_relu1")(batch_norm(f"{name}_bn1")(_convolve(x, filters, 1, 1, f"{name}_conv1")))
    y = _convolve(y, filters, 3, stride, f"{name}_conv2", rates[0])
    y = layers.ReLU(name=f"{name}_relu2")(batch_norm(f"{name}_bn2")(y))
    y = batch_norm(f"{name}_bn3")(_convolve(y, 4 * filters, 1, 1, f"{name}_conv3"))
    return _add_shortcut(x, y, stride, name)


def _basic_block(x, filters, stride, rates, name):
    y = _convolve(x, filters, 3, stride, f"{name}_conv1", rates[0])
    y = layers.ReLU(name=f"{name}_relu1")(batch_norm(f"{name}_bn1")(y))
    y = batch_norm(f"{name}_bn2")(_convolve(y, filters, 3, 1, f"{name}_conv2", rates[1]))
    return _add_shortcut(x, y, stride, name)


def _add_shortcut(x, y, stride, name):
    if stride > 1 or x.shape[-1] != y.shape[-1]:
        x = batch_norm(f"{name}_downsample_1")(_convolve(x, y.shape[-1], 1, stride, f"{name}_downsample_0"))
    return layers.ReLU(name=f"{name}_out")(layers.Add(name=f"{name}_add")([y, x]))


def _convolve(x, filters, kernel_size, stride, name, rate=1):
    if stride > 1 and kernel_size > 1:  # "same" would pad one side only
        x = layers.ZeroPadding2D(kernel_size // 2, name=f"{name}_pad")(x)
    return layers.Conv2D(
        filters,
        kernel_size,
        stride,
        padding="same" if stride == 1 else "valid",
        dilation_rate=rate,
        use_bias=False,
        kernel_initializer=keras.initializers.VarianceScaling(2.0, "fan_out", "untruncated_normal"),
        name=name,
    )(x)
