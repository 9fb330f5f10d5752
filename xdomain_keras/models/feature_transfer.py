"""Transfer networks: from the features of one task's encoder to those of another's."""

from typing import Literal

import keras
from keras import layers

from xdomain_keras.errors import ConfigError
from xdomain_keras.models.channels import scale_channels
from xdomain_keras.signatures import check_choices

WIDTHS = (256, 512, 1024)


def conv(x, width, name):
    """Three convolutions of stride 2, and three that go back up (paper 001, §4.3: `conv`).

    The paper gives no widths; with those of its U-Net, 256, 512 and 1024, these are 12.98 M parameters.
    """
    channels, counts = x.shape[-1], _widths(width)
    for stage, count in enumerate(counts):
        x = layers.Conv2D(count, 3, 2, padding="same", activation="relu", name=f"{name}_down{stage}")(x)
    for stage, count in enumerate([counts[1], counts[0]]):
        x = layers.Conv2DTranspose(count, 3, 2, padding="same", activation="relu", name=f"{name}_up{stage}")(x)
    return layers.Conv2DTranspose(channels, 3, 2, padding="same", name=f"{name}_up2")(x)


def unet(x, width, name, attention=False):
    """Three levels down and up with skips, and two residual blocks at the bottom (paper 001, §4.3: `U-Net`).

    A 3x3 convolution; three of stride 2 to 256, 512 and 1024 channels; two blocks of two 3x3 convolutions; three
    transposed convolutions to 512, 256 and 256, each joined with the map of its size from the way down; a 1x1
    convolution. 53.223 M parameters for 256 channels, the paper's 53.2 M; which convolutions they lie in is not
    printed, and others fit as well.
    """
    channels, counts = x.shape[-1], _widths(width)
    x = layers.Conv2D(counts[0], 3, padding="same", activation="relu", name=f"{name}_in")(x)
    skips = []
    for stage, count in enumerate(counts):
        skips.append(x)
        x = layers.Conv2D(count, 3, 2, padding="same", activation="relu", name=f"{name}_down{stage}")(x)
    for block in range(2):
        y = layers.Conv2D(counts[2], 3, padding="same", activation="relu", name=f"{name}_block{block}_conv1")(x)
        y = layers.Conv2D(counts[2], 3, padding="same", name=f"{name}_block{block}_conv2")(y)
        x = layers.ReLU(name=f"{name}_block{block}_relu")(layers.Add(name=f"{name}_block{block}_add")([x, y]))
    if attention:
        x = attend(x, f"{name}_bottom")
    for stage, count in enumerate([counts[1], counts[0], counts[0]]):
        x = layers.Conv2DTranspose(count, 3, 2, padding="same", activation="relu", name=f"{name}_up{stage}")(x)
        skip = skips[2 - stage]
        if attention and stage < 2:
            skip = attend(skip, f"{name}_skip{stage}")
        x = layers.Concatenate(name=f"{name}_join{stage}")([x, skip])
    return layers.Conv2D(channels, 1, name=f"{name}_out")(x)


def unet_attention(x, width, name):
    """`unet` with spatial attention on its bottom and on the two coarser skips (paper 001, §4.3: `U-Net + att.`).

    71.813 M parameters for 256 channels, the paper's 71.8 M; where the attention sits is not printed.
    """
    return unet(x, width, name, attention=True)


def wide_conv(x, width, name):
    """Six 3x3 convolutions of 2048 channels, two of them of stride 2 and then twice doubled (AT/DT: Ramirez et al.
    2019; paper 001's Table 1 gives 226.9 M for it, this has 226.5 M for 2048 channels).
    """
    channels, count = x.shape[-1], scale_channels(2048, width)
    for stage in range(2):
        x = layers.Conv2D(count, 3, 2, padding="same", activation="relu", name=f"{name}_down{stage}")(x)
    for stage in range(2):
        x = layers.UpSampling2D(2, name=f"{name}_double{stage}")(x)
        x = layers.Conv2D(count, 3, padding="same", activation="relu", name=f"{name}_up{stage}_conv1")(x)
        last = stage == 1
        x = layers.Conv2D(
            channels if last else count,
            3,
            padding="same",
            activation=None if last else "relu",
            name=f"{name}_up{stage}_conv2",
        )(x)
    return x


def attend(x, name):
    """`x · sigmoid(conv1(relu(conv3x3_C/2(relu(conv3x3_C(x))))))`: one factor a position.

    Args:
        x: symbolic `[B, h, w, C]`.
        name: beginning of the layers' names.
    """
    channels = x.shape[-1]
    y = layers.Conv2D(channels, 3, padding="same", activation="relu", name=f"{name}_attention1")(x)
    half = scale_channels(channels, 1 / 2)
    y = layers.Conv2D(half, 3, padding="same", activation="relu", name=f"{name}_attention2")(y)
    mask = layers.Conv2D(1, 1, activation="sigmoid", name=f"{name}_attention3")(y)
    return layers.Multiply(name=f"{name}_attended")([x, mask])


def _widths(width):
    return [scale_channels(count, width) for count in WIDTHS]


TRANSFERS = {"conv": (conv, 8), "unet": (unet, 8), "unet_attention": (unet_attention, 8), "wide_conv": (wide_conv, 4)}


def feature_transfer(
    input_shape,
    kind: Literal["conv", "unet", "unet_attention", "wide_conv"] = "unet",
    width: float = 1.0,
    name="transfer",
):
    """Build the network G₁₂ that turns features of task 1 into features of task 2 (paper 001, §3.2 and §4.3).

    Args:
        input_shape: (height, width, channels) of the features; both sides multiples of 8, of 4 for `wide_conv`.
        kind: `"conv"`, `"unet"`, `"unet_attention"`, or `"wide_conv"`, the one of AT/DT.
        width: factor of the inner channels, see `scale_channels`.
        name: of the model.

    Returns:
        `keras.Model` from `[B, h, w, C]` to `[B, h, w, C]`, linear.

    Raises:
        ConfigError: unknown kind, or a side that does not halve as often.

    Example:

    >>> feature_transfer((8, 16, 32), "unet_attention", width=0.125).output.shape
    (None, 8, 16, 32)
    """
    check_choices(feature_transfer, kind=kind)
    build, factor = TRANSFERS[kind]
    if input_shape[0] % factor or input_shape[1] % factor:
        raise ConfigError(
            f"transfer `{kind}`: features of {input_shape[0]} x {input_shape[1]}; expected multiples of {factor}. "
            "Choose another `image_size`."
        )
    features = keras.Input(input_shape, name="features")
    return keras.Model(features, build(features, width, name), name=name)
