"""The way back up: a feature pyramid on the levels of a backbone."""

import keras
from keras import layers

from xdomain_keras.errors import ConfigError

LEVELS = ("c5", "c4", "c3", "c2")


def raise_pyramid(backbone, channels, name):
    """Put a feature pyramid (Lin et al. 2017) on a backbone, as paper 004, §4.4 takes it.

    A 1x1 convolution of the deepest level, then up three times: twice as large, plus a 1x1 convolution of the level
    of that size, then a 3x3 convolution. The layers of step i are `<name>_up<i>_…`. The number of channels and the
    kernels are not printed in the paper.

    Args:
        backbone: `keras.Model` from images to levels, c2 to c5 among them.
        channels: of every level.
        name: of the model.

    Returns:
        `keras.Model` from the same images to `{"c5", "c4", "c3", "c2"}` of `channels` each.

    Raises:
        ConfigError: the backbone lacks a level, or one is not twice as large as the one below.

    Example:

    >>> from xdomain_keras.models import resnet
    >>> raise_pyramid(resnet((64, 96, 3), depth=18, width=0.125), 8, "backbone").output["c2"].shape
    (None, 16, 24, 8)
    """
    missing = [level for level in LEVELS if level not in backbone.output]
    if missing:
        raise ConfigError(
            f"feature_pyramid: the encoder has no level {missing[0]} (it has {', '.join(backbone.output)}); take one "
            "with c2 to c5, as resnet50."
        )
    x = layers.Conv2D(channels, 1, name=f"{name}_up0_conv")(backbone.output["c5"])
    levels = {"c5": x}
    for step, level in enumerate(LEVELS[1:], start=1):
        skip = backbone.output[level]
        if skip.shape[1:3] != tuple(side and 2 * side for side in x.shape[1:3]):
            raise ConfigError(
                f"feature_pyramid: {level} is {skip.shape[1:3]}, the level below it {x.shape[1:3]}; expected twice as "
                "much. Give images whose sides are multiples of 32, and an encoder of output stride 32."
            )
        x = layers.UpSampling2D(2, name=f"{name}_up{step}_double")(x)
        skip = layers.Conv2D(channels, 1, name=f"{name}_up{step}_skip")(skip)
        x = layers.Add(name=f"{name}_up{step}_add")([x, skip])
        x = levels[level] = layers.Conv2D(channels, 3, padding="same", name=f"{name}_up{step}_conv")(x)
    return keras.Model(backbone.input, levels, name=name)
