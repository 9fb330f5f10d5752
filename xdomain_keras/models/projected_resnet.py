"""The base network of AT/DT, cut in two: a dilated ResNet-50 as backbone and its decoder as head."""

import dataclasses

import keras
from keras import layers

from xdomain_keras.models.channels import scale_channels
from xdomain_keras.models.conv_norm import conv_norm
from xdomain_keras.models.head import Head, take_level
from xdomain_keras.models.input_size import require_multiple

# Of each stage: inner channels, blocks, stride of the last block, dilation of its 3x3 convolutions.
STAGES = ((64, 3, 2, 1), (128, 4, 1, 1), (256, 6, 1, 2), (512, 3, 1, 4))


def projected_resnet(input_shape, width: float = 1.0, name="backbone"):
    """The encoder of AT/DT (Ramirez et al. 2019), paper 001's rival: ResNet-50 of stride 8, every shortcut a layer.

    ELU instead of ReLU, batch normalisation, and a 1x1 convolution on the shortcut of every block, which makes 38.06 M
    parameters of a ResNet-50's 23.5 M; with an `UpconvHead` 40.73 M. (Paper 001 prints 90.1 M for it.)

    Args:
        input_shape: (height, width, 3), multiples of 8; values in [0, 255].
        width: factor of all channels, see `scale_channels`.
        name: of the model.

    Returns:
        `keras.Model` from images to `{"c3": [B, H / 8, W / 8, 2048 width]}`.

    Raises:
        ConfigError: a side is not a multiple of 8.

    Example:

    >>> projected_resnet((32, 64, 3), width=0.0625).output["c3"].shape
    (None, 4, 8, 128)
    """
    require_multiple("projected_resnet", input_shape, 8)
    images = keras.Input(input_shape, name="images")
    x = layers.Rescaling(1 / 127.5, -1.0, name=f"{name}_scale")(images)
    x = conv_norm(x, scale_channels(64, width), 7, f"{name}_conv0", strides=2, activation="elu")
    x = layers.MaxPooling2D(3, 2, padding="same", name=f"{name}_pool")(x)
    for stage, (inner, blocks, stride, rate) in enumerate(STAGES, start=1):
        for block in range(blocks):
            last = block == blocks - 1
            prefix = f"{name}_stage{stage}_block{block}"
            x = _bottleneck(x, scale_channels(inner, width), stride if last else 1, rate, prefix)
    return keras.Model(images, {"c3": x}, name=name)


@keras.saving.register_keras_serializable(package="xdomain_keras")
@dataclasses.dataclass(frozen=True)
class UpconvHead(Head):
    """Each stage doubles the map (nearest) between two 3x3 convolutions; a last 3x3 one (AT/DT: Ramirez et al. 2019).

    The output is `[B, 2^n h, 2^n w, channels]` for n stages, linear.

    Args:
        channels: of the output.
        tap: level of the backbone.
        filters: channels of each stage.

    Example:

    >>> UpconvHead(channels=11, filters=(8, 4))({"c3": keras.Input((4, 8, 16))}, "segmentation").shape
    (None, 16, 32, 11)
    """

    channels: int = 1
    tap: str = "c3"
    filters: tuple = (128, 64, 32)

    def __call__(self, pyramid, name):
        x = take_level(pyramid, self.tap, self, name)
        for stage, count in enumerate(self.filters):
            x = layers.UpSampling2D(2, name=f"{name}_double{stage}")(x)
            x = conv_norm(x, count, 3, f"{name}_up{stage}_conv1", activation="elu")
            x = conv_norm(x, count, 3, f"{name}_up{stage}_conv2", activation="elu")
        return layers.Conv2D(self.channels, 3, padding="same", dtype="float32", name=f"{name}_logits")(x)


def _bottleneck(x, inner, stride, rate, name):
    y = conv_norm(x, inner, 1, f"{name}_conv1", activation="elu")
    y = conv_norm(y, inner, 3, f"{name}_conv2", strides=stride, dilation_rate=rate, activation="elu")
    y = conv_norm(y, 4 * inner, 1, f"{name}_conv3", activation=None)
    x = conv_norm(x, 4 * inner, 1, f"{name}_shortcut", strides=stride, activation=None)
    return layers.Activation("elu", name=f"{name}_elu")(layers.Add(name=f"{name}_add")([y, x]))
