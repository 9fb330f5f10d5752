"""The saliency stream of MSI-Net, the baseline of paper 000."""

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
    rates: tuple[int, ...] = (1, 2, 3)
    decoder_filters: tuple[int, ...] = (128, 64, 32)

    def __call__(self, pyramid, name):
        x = take_level(pyramid, self.tap, self, name)
        x = ASPP(self.filters, self.rates, True, True, self.filters, name=f"{name}_aspp")(x)
        for stage, filters in enumerate(self.decoder_filters):
            x = layers.UpSampling2D(2, interpolation="bilinear", name=f"{name}_up{stage}")(x)
            x = layers.Conv2D(filters, 3, padding="same", activation="relu", name=f"{name}_conv{stage}")(x)
        return layers.Conv2D(1, 3, padding="same", dtype="float32", name=f"{name}_logits")(x)
