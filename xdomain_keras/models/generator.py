"""The generator of CycleGAN, cut in two: an encoder as backbone and a decoder as head."""

import dataclasses

import keras
from keras import layers

from xdomain_keras.layers.reflection_padding import ReflectionPadding2D
from xdomain_keras.models.channels import scale_channels
from xdomain_keras.models.head import Head, take_level
from xdomain_keras.models.input_size import require_multiple

FILTERS = 64


def generator(input_shape, width: float = 1.0, blocks: int = 6, name="backbone"):
    """The first half of the generator of Zhu et al. (2017), the encoder of paper 001, §4.2.

    A 7x7 convolution, two 3x3 convolutions of stride 2 and the residual blocks, each with instance normalisation
    without parameters and ReLU; what slides over the border is mirrored. There is no pooling and no batch
    normalisation, which paper 001 found to hinder adversarial training. 7.459 M parameters; with a `GeneratorHead`
    7.831 M for one channel and 7.863 M for eleven (the paper's 7.8 M).

    Args:
        input_shape: (height, width, 3), multiples of 4; values in [0, 255].
        width: factor of all channels, see `scale_channels`.
        blocks: number of residual blocks.
        name: of the model.

    Returns:
        `keras.Model` from images to `{"c2": [B, H / 4, W / 4, 256 width]}`.

    Raises:
        ConfigError: a side is not a multiple of 4.

    Example:

    >>> generator((32, 64, 3), width=0.125).output["c2"].shape
    (None, 8, 16, 32)
    """
    require_multiple("generator", input_shape, 4)
    count = scale_channels(FILTERS, width)
    images = keras.Input(input_shape, name="images")
    x = layers.Rescaling(1 / 127.5, -1.0, name=f"{name}_scale")(images)
    x = _convolve(x, count, 7, f"{name}_conv0")
    for stage in (1, 2):
        x = layers.Conv2D(count * 2**stage, 3, 2, padding="same", name=f"{name}_conv{stage}")(x)
        x = normalize(x, f"{name}_conv{stage}")
    for block in range(blocks):
        y = _convolve(x, 4 * count, 3, f"{name}_block{block}_conv1")
        y = _convolve(y, 4 * count, 3, f"{name}_block{block}_conv2", activate=False)
        x = layers.Add(name=f"{name}_block{block}_add")([x, y])
    return keras.Model(images, {"c2": x}, name=name)


@keras.saving.register_keras_serializable(package="xdomain_keras")
@dataclasses.dataclass(frozen=True)
class GeneratorHead(Head):
    """The second half of the generator: two transposed convolutions and a 7x7 one (paper 001, §4.2).

    The output is `[B, 4 h, 4 w, channels]`, linear.

    Args:
        channels: of the output.
        tap: level of the backbone; the transposed convolutions have a half and a quarter of its channels.

    Example:

    >>> GeneratorHead(channels=11)({"c2": keras.Input((8, 16, 32))}, "segmentation").shape
    (None, 32, 64, 11)
    """

    channels: int = 1
    tap: str = "c2"

    def __call__(self, pyramid, name):
        x = take_level(pyramid, self.tap, self, name)
        for stage in (1, 2):
            filters = scale_channels(x.shape[-1], 1 / 2)
            x = layers.Conv2DTranspose(filters, 3, 2, padding="same", name=f"{name}_up{stage}")(x)
            x = normalize(x, f"{name}_up{stage}")
        x = ReflectionPadding2D(3, name=f"{name}_pad")(x)
        return layers.Conv2D(self.channels, 7, dtype="float32", name=f"{name}_logits")(x)


def _convolve(x, filters, size, name, activate=True):
    x = ReflectionPadding2D(size // 2, name=f"{name}_pad")(x)
    return normalize(layers.Conv2D(filters, size, name=name)(x), name, activate)


def normalize(x, name, activate=True):
    """Instance normalisation without parameters, and ReLU.

    Args:
        x: symbolic `[B, h, w, C]`.
        name: beginning of the layers' names.
        activate: whether ReLU follows.
    """
    x = layers.GroupNormalization(-1, epsilon=1e-5, center=False, scale=False, name=f"{name}_norm")(x)
    return layers.ReLU(name=f"{name}_relu")(x) if activate else x
