"""SegNet: an encoder, and a decoder that puts its maxima back where they were."""

import dataclasses

import keras
import numpy as np

from xdomain_keras.layers.input_scale import InputScale
from xdomain_keras.layers.max_unpooling import MaxPoolWithMask, MaxUnpool
from xdomain_keras.models.channels import scale_channels
from xdomain_keras.models.conv_norm import conv_norm
from xdomain_keras.models.input_size import require_multiple

FILTERS = (64, 128, 256, 512, 512)
DEPTHS = (2, 2, 3, 3, 3)


def segnet(input_shape, width: float = 1.0, scale: float = 1 / 255, name="backbone"):
    """SegNet (Badrinarayanan et al. 2017) as Liu et al. (2019) and paper 002, §4, use it.

    Five stages of 3x3 convolutions (2, 2, 3, 3, 3 of them) with batch normalisation and ReLU, each pooled by 2 with
    the places of the maxima kept; the decoder mirrors them. Height and width must be multiples of 32.

    Args:
        input_shape: (height, width, channels); values in [0, 255].
        width: factor of all channels, see `scale_channels`.
        scale: of the input's values, where no weights of elsewhere are loaded.
        name: of the model.

    Returns:
        `keras.Model` from images to `{"c0": [B, H, W, 64 width], "c5": [B, H / 32, W / 32, 512 width]}`, the decoder's
        last map and the encoder's last pool.

    Raises:
        ConfigError: a side is not a multiple of 32.

    Example:

    >>> {level: tensor.shape for level, tensor in segnet((64, 96, 3), width=0.125).output.items()}
    {'c0': (None, 64, 96, 8), 'c5': (None, 2, 3, 64)}
    """
    images, encoded, decoded = shared_network(input_shape, width, name, scale)
    return keras.Model(images, {"c0": decoded[0].last, "c5": encoded[4].pooled}, name=name)


@dataclasses.dataclass(frozen=True)
class Encoded:
    """Symbolic maps of one stage of the encoder: after its first and last convolution, pooled, the maxima's mask."""

    first: object
    last: object
    pooled: object
    mask: object


@dataclasses.dataclass(frozen=True)
class Decoded:
    """Symbolic maps of one stage of the decoder: unpooled, and after its last convolution."""

    unpooled: object
    last: object


def shared_network(input_shape, width, name, scale=1 / 255):
    """Add SegNet's layers to a functional model.

    Args:
        input_shape: (height, width, channels).
        width: factor of all channels, see `scale_channels`.
        name: prefix of the layers.
        scale: of the input's values, where no weights of elsewhere are loaded.

    Returns:
        (input, list of `Encoded`, list of `Decoded`), both lists by stage, the finest first.

    Raises:
        ConfigError: a side is not a multiple of 32.
    """
    require_multiple("SegNet", input_shape, 32)
    images = keras.Input(input_shape, name="images")
    x = InputScale(scale * np.eye(input_shape[-1]), name=f"{name}_rescale")(images)
    encoded, decoded = [], []
    for stage, count in enumerate(encoder_filters(width)):
        maps = []
        for index in range(DEPTHS[stage]):
            x = conv_norm(x, count, 3, f"{name}_encoder{stage}_{index}", use_bias=True)
            maps.append(x)
        x, mask = MaxPoolWithMask(name=f"{name}_pool{stage}")(x)
        encoded.append(Encoded(maps[0], maps[-1], x, mask))
    for stage, count in reversed(list(enumerate(decoder_filters(width)))):
        x = unpooled = MaxUnpool(name=f"{name}_unpool{stage}")([x, encoded[stage].mask])
        for index in range(DEPTHS[stage]):
            x = conv_norm(x, count, 3, f"{name}_decoder{stage}_{index}", use_bias=True)
        decoded.insert(0, Decoded(unpooled, x))
    return images, encoded, decoded


def encoder_filters(width):
    """Channels of each stage of the encoder.

    Example:

    >>> encoder_filters(0.5)
    [32, 64, 128, 256, 256]
    """
    return [scale_channels(count, width) for count in FILTERS]


def decoder_filters(width):
    """Channels that each stage of the decoder ends in: those of the encoder's next finer stage.

    Example:

    >>> decoder_filters(0.5)
    [32, 32, 64, 128, 256]
    """
    filters = encoder_filters(width)
    return [filters[0], *filters[:-1]]
