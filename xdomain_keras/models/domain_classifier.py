"""The domain classifier: from features, or outputs, to the domain that they come from."""

from typing import Literal

import keras
from keras import layers

from xdomain_keras.models.channels import scale_channels
from xdomain_keras.signatures import check_choices


def domain_classifier(
    input_shape, kind: Literal["flat", "pooled", "patches"] = "flat", width: float = 1.0, name="domain_classifier"
):
    """Build the classifier C that tells features of domain A (1) from those of others (0) (paper 001, §3.2).

    For `flat` and `pooled`: 3x3 convolutions of stride 2 to 128 and 256 channels, a layer of 512 and one of 1, with
    leaky ReLU (.2) between them. On 32 x 32 x 256, a crop of 128 pixels, `flat` has 8.980 M parameters: with the base
    network the paper's 16.8 M. The layout is not printed; this one fits the count.

    Args:
        input_shape: (height, width, channels) of the features.
        kind: `"flat"` reads every position by itself, and so takes this size alone; `"pooled"` averages over the
            positions first, and takes any; `"patches"` judges every patch by itself, as Tsai et al. (2018, §3.2) do
            with what a network puts out: 4x4 convolutions of stride 2 to 64, 128, 256, 512 channels and 1, with leaky
            ReLU (.2) between them, 2.77 M parameters for 3 channels.
        width: factor of the inner channels, see `scale_channels`.
        name: of the model.

    Returns:
        `keras.Model` from `[B, h, w, C]` to logits `[B, 1]`, `[B, patches]` for patches.

    Example:

    >>> domain_classifier((32, 32, 256)).count_params()
    8979841
    """
    check_choices(domain_classifier, kind=kind)
    size = (None, None) if kind == "pooled" else tuple(input_shape[:2])
    features = keras.Input((*size, input_shape[-1]), name="features")
    x = features
    if kind == "patches":
        for stage, count in enumerate((64, 128, 256, 512)):
            x = layers.Conv2D(scale_channels(count, width), 4, 2, padding="same", name=f"{name}_conv{stage}")(x)
            x = layers.LeakyReLU(0.2, name=f"{name}_relu{stage}")(x)
        x = layers.Conv2D(1, 4, 2, padding="same", dtype="float32", name=f"{name}_logits")(x)
        return keras.Model(features, layers.Flatten(name=f"{name}_patches")(x), name=name)
    for stage, count in enumerate((128, 256)):
        x = layers.Conv2D(scale_channels(count, width), 3, 2, padding="same", name=f"{name}_conv{stage}")(x)
        x = layers.LeakyReLU(0.2, name=f"{name}_relu{stage}")(x)
    pool = layers.Flatten if kind == "flat" else layers.GlobalAveragePooling2D
    x = layers.Dense(scale_channels(512, width), name=f"{name}_hidden")(pool(name=f"{name}_vector")(x))
    x = layers.LeakyReLU(0.2, name=f"{name}_relu2")(x)
    return keras.Model(features, layers.Dense(1, dtype="float32", name=f"{name}_logit")(x), name=name)
