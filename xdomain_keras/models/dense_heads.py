"""Heads of tasks with a value a pixel."""

import dataclasses

import keras
from keras import layers

from xdomain_keras.layers.aspp import ASPP
from xdomain_keras.models.channels import scale_channels
from xdomain_keras.models.conv_norm import conv_norm
from xdomain_keras.models.head import Head, take_level


@keras.saving.register_keras_serializable(package="xdomain_keras")
@dataclasses.dataclass(frozen=True)
class ThinHead(Head):
    """A light decoder: the saliency stream of paper 000's joint network (§4.1) for any number of channels.

    Dilated 3x3 convolutions side by side; then, for each decoder stage, a 3x3 convolution with ReLU and
    bilinear upsampling by 2; a last 1x1 convolution. The defaults reproduce the paper's 51 M and 13.443 GMAC; it
    prints no widths, so others fit as well.

    The output is `[B, h, w, channels]`, linear: an activation belongs to the loss and to decoding.

    Args:
        channels: of the output.
        tap: level of the backbone.
        filters: channels of each dilated branch.
        rates: dilations in cells of the tap.
        decoder_filters: channels of each stage.
        skips: finer levels, coarse to fine, that are added after the first upsamplings through a 1x1
            convolution; the stage is then as large as that level.

    Example:

    >>> head = ThinHead(channels=3, filters=8, decoder_filters=(8, 4), skips=("c4",))
    >>> head({"c5": keras.Input((3, 4, 16)), "c4": keras.Input((5, 8, 16))}, "normals").shape
    (None, 10, 16, 3)
    """

    channels: int = 1
    tap: str = "c5"
    filters: int = 64
    rates: tuple[int, ...] = (1, 2, 3, 4)
    decoder_filters: tuple[int, ...] = (256, 128, 64)
    skips: tuple[str, ...] = ()

    def __call__(self, pyramid, name):
        x = take_level(pyramid, self.tap, self, name)
        x = ASPP(self.filters, self.rates, name=f"{name}_aspp")(x)
        for stage, filters in enumerate(self.decoder_filters):
            x = layers.Conv2D(filters, 3, padding="same", activation="relu", name=f"{name}_conv{stage}")(x)
            if stage >= len(self.skips):
                x = layers.UpSampling2D(2, interpolation="bilinear", name=f"{name}_up{stage}")(x)
                continue
            skip = take_level(pyramid, self.skips[stage], self, name)
            # Twice a map is not always the finer map: 10 cells lie under 19 at 300 pixels.
            x = layers.Resizing(*skip.shape[1:3], interpolation="bilinear", name=f"{name}_up{stage}")(x)
            skip = layers.Conv2D(filters, 1, name=f"{name}_skip{stage}")(skip)
            x = layers.Add(name=f"{name}_add{stage}")([x, skip])
        return layers.Conv2D(self.channels, 1, dtype="float32", name=f"{name}_logits")(x)


@keras.saving.register_keras_serializable(package="xdomain_keras")
@dataclasses.dataclass(frozen=True)
class SegNetHead(Head):
    """A 3x3 and a 1x1 convolution with nothing between them, on the finest level (paper 002, §4; Liu et al. 2019).

    The output is `[B, h, w, channels]`, linear.

    Args:
        channels: of the output.
        tap: level of the backbone.
        filters: of the 3x3 convolution.

    Example:

    >>> SegNetHead(channels=13)({"c0": keras.Input((32, 48, 64))}, "segmentation").shape
    (None, 32, 48, 13)
    """

    channels: int = 1
    tap: str = "c0"
    filters: int = 64

    def __call__(self, pyramid, name):
        x = take_level(pyramid, self.tap, self, name)
        x = layers.Conv2D(self.filters, 3, padding="same", name=f"{name}_conv")(x)
        return layers.Conv2D(self.channels, 1, dtype="float32", name=f"{name}_logits")(x)


@keras.saving.register_keras_serializable(package="xdomain_keras")
@dataclasses.dataclass(frozen=True)
class FCNHead(Head):
    """The head of torchvision's FCN (after Long et al. 2015), that paper 003, §4.1, puts on a ResNet-101 of stride 8.

    A 3x3 convolution without bias to a quarter of the channels, batch normalisation, ReLU, dropout and a 1x1 one. With
    the backbone and two channels 51,939,394 parameters.

    The output is `[B, h, w, channels]` at the tap's resolution, linear.

    Args:
        channels: of the output.
        tap: level of the backbone.
        dropout: before the last convolution.

    Example:

    >>> FCNHead(channels=2)({"c5": keras.Input((8, 8, 16))}, "salient_object").shape
    (None, 8, 8, 2)
    """

    channels: int = 1
    tap: str = "c5"
    dropout: float = 0.1

    def __call__(self, pyramid, name):
        x = take_level(pyramid, self.tap, self, name)
        x = conv_norm(x, scale_channels(x.shape[-1], 1 / 4), 3, f"{name}_conv")
        x = layers.Dropout(self.dropout, name=f"{name}_dropout")(x)
        return layers.Conv2D(self.channels, 1, dtype="float32", name=f"{name}_logits")(x)


@keras.saving.register_keras_serializable(package="xdomain_keras")
@dataclasses.dataclass(frozen=True)
class DeepLabHead(Head):
    """The head of DeepLabv3 (Chen et al. 2017, §3.3), as the PASCAL networks of paper 002 have one a task.

    A 1x1, three dilated 3x3 convolutions and the pooled image side by side, fused by a 1x1 convolution, then
    dropout, a 3x3 convolution and a last 1x1 one. All but the last have batch normalisation and ReLU, and no bias.

    The output is `[B, h, w, channels]` at the tap's resolution, linear.

    Args:
        channels: of the output.
        tap: level of the backbone.
        filters: of every convolution but the last.
        rates: dilations in cells of the tap; for a backbone of stride 8.
        dropout: after fusing.

    Example:

    >>> DeepLabHead(channels=21, filters=8)({"c5": keras.Input((8, 8, 16))}, "segmentation").shape
    (None, 8, 8, 21)
    """

    channels: int = 1
    tap: str = "c5"
    filters: int = 256
    rates: tuple[int, ...] = (12, 24, 36)
    dropout: float = 0.5

    def __call__(self, pyramid, name):
        x = take_level(pyramid, self.tap, self, name)

        def convolve(x, size, rate, part):
            return conv_norm(x, self.filters, size, f"{name}_{part}", dilation_rate=rate)

        branches = [convolve(x, 1, 1, "pointwise")]
        branches += [convolve(x, 3, rate, f"dilated{i}_rate{rate}") for i, rate in enumerate(self.rates)]
        pooled = layers.GlobalAveragePooling2D(keepdims=True, name=f"{name}_pool")(x)
        pooled = convolve(pooled, 1, 1, "pool_conv")
        branches.append(layers.UpSampling2D(x.shape[1:3], name=f"{name}_pool_spread")(pooled))
        x = layers.Concatenate(name=f"{name}_branches")(branches)
        x = layers.Dropout(self.dropout, name=f"{name}_dropout")(convolve(x, 1, 1, "fuse"))
        x = convolve(x, 3, 1, "conv")
        return layers.Conv2D(self.channels, 1, dtype="float32", name=f"{name}_logits")(x)
