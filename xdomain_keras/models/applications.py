"""Networks of `keras.applications` as feature pyramids, with their preprocessing inside."""

import functools
import inspect
import sys

import keras
import numpy as np
from keras import layers

from xdomain_keras.layers.input_scale import IMAGENET_MEAN, IMAGENET_STD, InputScale
from xdomain_keras.models.pyramid import find_levels
from xdomain_keras.signatures import require_known

APPLICATIONS = {
    name: function
    for name, function in vars(keras.applications).items()
    if inspect.isfunction(function) and "include_top" in inspect.signature(function).parameters
}
PROBE = (256, 512, 3)  # images by which the levels are found; those that a network gets may be too small for it


def efficientnet_b3(input_shape, name="backbone"):
    """Build EfficientNet-B3 (Tan & Le 2019), `keras.applications.EfficientNetB3`.

    Args:
        input_shape: (height, width, 3).
        name: of the model.

    Returns:
        `keras.Model` from images in [0, 255] to `{"c2", "c3", "c4", "c5"}`: the last layers of strides 4 to 32.

    Example:

    >>> efficientnet_b3((64, 64, 3)).output["c5"].shape
    (None, 2, 2, 1536)
    """
    return keras_applications(input_shape, "EfficientNetB3", name)


def keras_applications(input_shape, model: str, name="backbone"):
    """Build any network of `keras.applications`, with the preprocessing that its ImageNet weights want.

    Layers have Keras' names, so parts are named by their beginning, as `block5`.

    Args:
        input_shape: (height, width, 3).
        model: name of the function, as `"ConvNeXtTiny"`.
        name: of the model.

    Returns:
        `keras.Model` from images in [0, 255] to `{"c2", …}`: the levels that `find_levels` finds.

    Raises:
        ConfigError: there is no such network.

    Example:

    >>> sorted(keras_applications((64, 96, 3), "MobileNetV2").output)
    ['c2', 'c3', 'c4', 'c5']
    """
    require_known("model", model, APPLICATIONS, "keras_applications")
    images = keras.Input(input_shape, name="images")
    network = APPLICATIONS[model](include_top=False, weights=None, input_tensor=_normalize(images, model, name))
    levels = {level: network.operations[index].output for level, index in levels_of(model).items()}
    return keras.Model(images, levels, name=name)


@functools.cache
def levels_of(model):
    """`find_levels` of an application."""
    return find_levels(APPLICATIONS[model](include_top=False, weights=None, input_shape=PROBE))


def _normalize(images, model, name):
    """What `preprocess_input` of the application's module does, which for all of them is `x M + b`."""
    if model.startswith("EfficientNetB"):
        # Keras' own normalisation is part of the weights and differs between "imagenet" and a file of the same numbers;
        # so it is left as the identity, and what comes before its division by 255 is normalised already.
        scale, offset = 1 / IMAGENET_STD, -255 * IMAGENET_MEAN / IMAGENET_STD
        return layers.Rescaling(scale.tolist(), offset.tolist(), name=f"{name}_normalize")(images)
    preprocess = sys.modules[APPLICATIONS[model].__module__].preprocess_input
    offset, *rows = (preprocess(np.float32(color)[None, None, None])[0, 0, 0] for color in [np.zeros(3), *np.eye(3)])
    matrix = np.stack(rows) - offset
    if np.array_equal(matrix, np.eye(3)) and not offset.any():
        return images  # it normalises by itself
    return InputScale(matrix, offset, name=f"{name}_normalize")(images)
