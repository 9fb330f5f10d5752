"""VGG-16 of Keras as a feature pyramid."""

import keras

from xdomain_keras.layers.input_scale import CAFFE, InputScale

TAPS = {"c2": "block3_conv3", "c3": "block4_conv3", "c4": "block5_conv3", "c5": "block5_pool"}


def vgg16(input_shape, name="backbone"):
    """Build VGG-16 (Simonyan & Zisserman 2015), `keras.applications.VGG16` with its normalisation inside.

    Keras' weights want Caffe's colours, blue first and less their mean; torchvision's want ImageNet's mean and
    deviation. `InputScale` is one or the other, as the weights that are loaded say.

    Args:
        input_shape: (height, width, 3).
        name: of the model.

    Returns:
        `keras.Model` from images in [0, 255] to `{"c2", "c3", "c4", "c5"}`: the last convolutions of blocks
        3, 4 and 5, and the last pooling.

    Example:

    >>> sorted(vgg16((64, 64, 3)).output)
    ['c2', 'c3', 'c4', 'c5']
    """
    images = keras.Input(input_shape, name="images")
    x = InputScale(*CAFFE, name=f"{name}_normalize")(images)
    model = keras.applications.VGG16(include_top=False, weights=None, input_tensor=x)
    return keras.Model(images, {level: model.get_layer(layer).output for level, layer in TAPS.items()}, name=name)
