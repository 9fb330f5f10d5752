"""DenseNet-161 as a feature pyramid; Keras ships DenseNets of growth 32 only."""

import keras
from keras import layers

from xdomain_keras.layers.input_scale import IMAGENET_OFFSET, IMAGENET_SCALE
from xdomain_keras.models.channels import scale_channels
from xdomain_keras.models.conv_norm import batch_norm


def densenet161(input_shape, width: float = 1.0, num_layers: tuple = (6, 12, 36, 24), name="backbone"):
    """Build DenseNet-161 (Huang et al. 2017): growth 48, 96 initial channels, 26.47 M parameters.

    The levels are what each transition has after its normalisation and ReLU, before its convolution.
    Layers are named `<name>_` + torchvision's name with `_` for `.`.

    Args:
        input_shape: (height, width, 3); None for sizes that are not fixed.
        width: factor of growth and initial channels, see `scale_channels`; 1 is the published network.
        num_layers: layers of each of the 4 dense blocks.
        name: of the model, and prefix of its layers.

    Returns:
        `keras.Model` from images in [0, 255] to `{"c2", "c3", "c4", "c5"}` of strides 4 to 32.

    Example:

    >>> pyramid = densenet161((64, 64, 3), width=0.125, num_layers=(2, 2, 2, 2))
    >>> pyramid.output["c4"].shape
    (None, 4, 4, 32)
    """
    growth, prefix = scale_channels(48, width), f"{name}_features"
    images = keras.Input(input_shape, name="images")
    x = layers.Rescaling(IMAGENET_SCALE, IMAGENET_OFFSET, name=f"{name}_normalize")(images)
    x = layers.ZeroPadding2D(3, name=f"{prefix}_conv0_pad")(x)
    x = _convolve(x, 2 * growth, 7, f"{prefix}_conv0", strides=2, padding="valid")
    x = layers.ZeroPadding2D(1, name=f"{prefix}_pool0_pad")(_activate(x, f"{prefix}_norm0"))
    x = layers.MaxPooling2D(3, 2, name=f"{prefix}_pool0")(x)
    pyramid = {}
    for block, count in enumerate(num_layers, start=1):
        for layer in range(1, count + 1):
            x = _dense_layer(x, growth, f"{prefix}_denseblock{block}_denselayer{layer}")
        last = block == len(num_layers)
        transition = f"{prefix}_transition{block}"
        x = pyramid[f"c{block + 1}"] = _activate(x, f"{prefix}_norm5" if last else f"{transition}_norm")
        if not last:
            x = _convolve(x, scale_channels(x.shape[-1], 1 / 2), 1, f"{transition}_conv")
            x = layers.AveragePooling2D(2, name=f"{transition}_pool")(x)
    return keras.Model(images, pyramid, name=name)


def _dense_layer(x, growth, name):
    y = _convolve(_activate(x, f"{name}_norm1"), 4 * growth, 1, f"{name}_conv1")
    y = _convolve(_activate(y, f"{name}_norm2"), growth, 3, f"{name}_conv2")
    return layers.Concatenate(name=f"{name}_concat")([x, y])


def _convolve(x, filters, kernel_size, name, **options):
    options = {"padding": "same", "use_bias": False, "kernel_initializer": "he_normal", **options}
    return layers.Conv2D(filters, kernel_size, name=name, **options)(x)


def _activate(x, name):
    x = batch_norm(name)(x)
    return layers.ReLU(name=f"{name}_relu")(x)
