"""SegNet: an encoder, and a decoder that puts its maxima back where they were."""

import keras
from keras import layers

from xdomain_keras.errors import ConfigError
from xdomain_keras.layers.max_unpooling import MaxPoolWithMask, MaxUnpool

FILTERS = (64, 128, 256, 512, 512)
DEPTHS = (2, 2, 3, 3, 3)


def segnet(input_shape, width: float = 1.0, weights=None, scale: float = 1 / 255, name="backbone"):
    """SegNet (Badrinarayanan et al. 2017) as Liu et al. (2019) and paper 002, §4, use it.

    Five stages of 3x3 convolutions (2, 2, 3, 3, 3 of them) with batch normalisation and ReLU, each pooled by 2 with
    the places of the maxima kept; the decoder mirrors them. Height and width must be multiples of 32.

    Args:
        input_shape: (height, width, channels); values in [0, 255].
        width: factor of all channels.
        weights: None (random).
        scale: of the input's values.
        name: of the model.

    Returns:
        `keras.Model` from images to `{"c0": [B, H, W, 64 width], "c5": [B, H / 32, W / 32, 512 width]}`, the decoder's
        last map and the encoder's last pool.

    Raises:
        ConfigError: a side is no multiple of 32, or weights are asked for.

    Example:

    >>> {level: tensor.shape for level, tensor in segnet((64, 96, 3), width=0.125).output.items()}
    {'c0': (None, 64, 96, 8), 'c5': (None, 2, 3, 64)}
    """
    if weights is not None:
        raise ConfigError(f"SegNet: no pretrained weights are known ({weights!r} was given); leave `weights` out.")
    if input_shape[0] % 32 or input_shape[1] % 32:
        raise ConfigError(
            f"SegNet: {input_shape[0]} x {input_shape[1]} pixels; expected multiples of 32: change image_size."
        )
    filters = [max(1, round(width * count)) for count in FILTERS]
    images = keras.Input(input_shape, name="images")
    x = layers.Rescaling(scale, name=f"{name}_rescale")(images)
    masks = []
    for stage, (count, depth) in enumerate(zip(filters, DEPTHS, strict=True)):
        for index in range(depth):
            x = convolve(x, count, f"{name}_encoder{stage}_{index}")
        x, mask = MaxPoolWithMask(name=f"{name}_pool{stage}")(x)
        masks.append(mask)
    deepest = x
    for stage in reversed(range(5)):
        x = MaxUnpool(name=f"{name}_unpool{stage}")([x, masks[stage]])
        for index in range(DEPTHS[stage]):
            x = convolve(x, filters[max(stage - 1, 0)], f"{name}_decoder{stage}_{index}")
    return keras.Model(images, {"c0": x, "c5": deepest}, name=name)


def convolve(x, filters, name):
    """3x3 convolution with bias, batch normalisation and ReLU."""
    x = layers.Conv2D(filters, 3, padding="same", name=name)(x)
    x = layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=f"{name}_bn")(x)
    return layers.ReLU(name=f"{name}_relu")(x)
