"""The saliency streams of paper 000: MSI-Net's decoder and the thinner one of the joint network."""

import dataclasses

import keras
from keras import layers

from xdomain_keras.layers.aspp import ASPP
from xdomain_keras.models.head import Head, take_level


@keras.saving.register_keras_serializable(package="xdomain_keras")
@dataclasses.dataclass(frozen=True)
class MSINetHead(Head):
    """Saliency decoder of MSI-Net (Kroner et al. 2020), the baseline of paper 000, §5.3.

    ASPP of a 1x1 and dilated 3x3 convolutions and the pooled image, fused by a 1x1 convolution; then, for
    each decoder stage, bilinear upsampling by 2 and a 3x3 convolution with ReLU; a last 3x3 convolution.

    The output is `[B, h, w, 1]`, logits: the sigmoid belongs to the loss and to decoding.

    Args:
        tap: level of the backbone.
        filters: channels of each ASPP branch and of their fusion.
        rates: dilations in cells of the tap. MSI-Net's 4, 8, 12 at stride 8 reach as far as 1, 2, 3 at 32.
        decoder_filters: channels of each stage.

    Example:

    >>> MSINetHead(filters=8, decoder_filters=(8, 4, 2))({"c5": keras.Input((3, 4, 16))}, "saliency").shape
    (None, 24, 32, 1)
    """

    tap: str = "c5"
    filters: int = 256
    rates: tuple = (1, 2, 3)
    decoder_filters: tuple = (128, 64, 32)

    def __call__(self, pyramid, name):
        x = take_level(pyramid, self.tap, self)
        x = ASPP(self.filters, self.rates, True, True, self.filters, name=f"{name}_aspp")(x)
        for stage, filters in enumerate(self.decoder_filters):
            x = layers.UpSampling2D(2, interpolation="bilinear", name=f"{name}_up{stage}")(x)
            x = layers.Conv2D(filters, 3, padding="same", activation="relu", name=f"{name}_conv{stage}")(x)
        return layers.Conv2D(1, 3, padding="same", dtype="float32", name=f"{name}_logits")(x)


@keras.saving.register_keras_serializable(package="xdomain_keras")
@dataclasses.dataclass(frozen=True)
class ThinSaliencyHead(Head):
    """Saliency stream of paper 000's joint network (§4.1), in widths that reproduce its 51 M and 13.443 GMAC.

    Dilated 3x3 convolutions side by side; then, for each decoder stage, a 3x3 convolution with ReLU and
    bilinear upsampling by 2; a last 1x1 convolution. The paper prints no widths, so others fit as well.

    The output is `[B, h, w, 1]`, logits: the paper's sigmoid belongs to the loss and to decoding.

    Args:
        tap: level of the backbone.
        filters: channels of each dilated branch.
        rates: dilations in cells of the tap.
        decoder_filters: channels of each stage.
        skips: finer levels, coarse to fine, that are added after the first upsamplings through a 1x1
            convolution; the stage is then as large as that level.

    Example:

    >>> head = ThinSaliencyHead(filters=8, decoder_filters=(8, 4), skips=("c4",))
    >>> head({"c5": keras.Input((3, 4, 16)), "c4": keras.Input((5, 8, 16))}, "saliency").shape
    (None, 10, 16, 1)
    """

    tap: str = "c5"
    filters: int = 64
    rates: tuple = (1, 2, 3, 4)
    decoder_filters: tuple = (256, 128, 64)
    skips: tuple = ()

    def __call__(self, pyramid, name):
        x = take_level(pyramid, self.tap, self)
        x = ASPP(self.filters, self.rates, name=f"{name}_aspp")(x)
        for stage, filters in enumerate(self.decoder_filters):
            x = layers.Conv2D(filters, 3, padding="same", activation="relu", name=f"{name}_conv{stage}")(x)
            if stage >= len(self.skips):
                x = layers.UpSampling2D(2, interpolation="bilinear", name=f"{name}_up{stage}")(x)
                continue
            skip = take_level(pyramid, self.skips[stage], self)
            # Twice a map is not always the finer map: 10 cells lie under 19 at 300 pixels.
            x = layers.Resizing(*skip.shape[1:3], interpolation="bilinear", name=f"{name}_up{stage}")(x)
            skip = layers.Conv2D(filters, 1, name=f"{name}_skip{stage}")(skip)
            x = layers.Add(name=f"{name}_add{stage}")([x, skip])
        return layers.Conv2D(1, 1, dtype="float32", name=f"{name}_logits")(x)
