"""Pyramids of features: what a backbone yields, and models of other libraries that yield one."""

import math
import re

import keras

from xdomain_keras.errors import ConfigError

# Of a pyramid: a letter, the power of 2 of the stride, and a task's name where the level is of one task alone.
LEVEL = re.compile(r"[CcPp](\d+)(_.+)?")


def as_backbone(model):
    """Make a backbone of any model that yields a feature pyramid.

    Taken are objects with `pyramid_outputs` (keras_hub), objects with `pyramid_level_inputs` (keras_cv), and
    functional models whose output is a dict. Levels may be called P2 or c2; the number is the power of 2 of
    the stride, or of what it would be without dilation. A level of one task alone is called c0_depth, or the like.
    Such a model normalises its images itself.

    Args:
        model: as above.

    Returns:
        `keras.Model` from images to `{"c2": …, "c3": …}`.

    Raises:
        ConfigError: `model` is none of these, or its keys are not levels.

    Example:

    >>> images = keras.Input((32, 32, 3))
    >>> stride4 = keras.layers.Conv2D(8, 4, 4)(images)
    >>> as_backbone(keras.Model(images, {"P2": stride4})).output["c2"].shape
    (None, 8, 8, 8)
    """
    if isinstance(getattr(model, "pyramid_outputs", None), dict):
        pyramid = model.pyramid_outputs
    elif isinstance(getattr(model, "pyramid_level_inputs", None), dict):
        pyramid = {level: model.get_layer(name).output for level, name in model.pyramid_level_inputs.items()}
    else:
        pyramid = getattr(model, "output", None)
    if not isinstance(pyramid, dict):
        raise ConfigError(
            f"backbone: {type(model).__name__} yields no pyramid; give a functional model whose output is a dict "
            'such as {"c3": …, "c4": …, "c5": …}, or one with `pyramid_outputs` or `pyramid_level_inputs`.'
        )
    for level in pyramid:
        if not LEVEL.fullmatch(level):
            raise ConfigError(f'backbone: {level!r} is not a level of a pyramid; call them "c2", "c3", ….')
    if len(model.inputs) != 1:
        raise ConfigError(f"backbone: {model.name} has {len(model.inputs)} inputs; give a model of images alone.")
    if pyramid is model.output and isinstance(model.input, keras.KerasTensor) and all(key[0] == "c" for key in pyramid):
        return model
    levels = {f"c{level[1:]}": pyramid[level] for level in sorted(pyramid, key=depth_of)}
    return keras.Model(model.inputs[0], levels, name=model.name)


def depth_of(level):
    """The number in the name of a level.

    Example:

    >>> depth_of("c5"), depth_of("c0_depth")
    (5, 0)
    """
    return int(LEVEL.fullmatch(level)[1])


def find_levels(model):
    """Where the levels of a pyramid lie in a network that yields its deepest map alone.

    A level is, of all maps of its stride, the one after the last residual sum or concatenation, with the activation
    that follows at once; where there is none, the last. The deepest is the network's output.

    Args:
        model: functional `keras.Model` from images of a fixed size to one map.

    Returns:
        dict of level → index in `model.operations`, counted from the end: what stands before does not change it.

    Example:

    >>> images = keras.Input((32, 64, 3))
    >>> x = keras.layers.Conv2D(8, 4, 4)(images)
    >>> find_levels(keras.Model(images, keras.layers.MaxPooling2D()(keras.layers.ReLU()(x))))
    {'c2': -2, 'c3': -1}
    """
    found, merged = {}, {}
    for index, operation in enumerate(model.operations[:-1], start=-len(model.operations)):
        level = _level_of(operation.output, model.input)
        if level is None or isinstance(operation, keras.layers.ZeroPadding2D):
            continue
        is_merging = type(operation).__name__ in ("Add", "Concatenate")  # a layer, or what `x + y` is
        if is_merging or level not in merged or _activates(operation, merged[level]):
            found[level] = index
        if is_merging:
            merged[level] = operation.output
    deepest = _level_of(model.output, model.input)
    if deepest is None:
        raise ConfigError(f"backbone: {model.name} yields {model.output.shape}; expected a map of features.")
    return {f"c{level}": index for level, index in sorted({**found, deepest: -1}.items()) if 2 <= level <= deepest}


def _level_of(tensor, images):
    """The power of 2 of a map's stride, or None of what is no map of an image's form."""
    if len(getattr(tensor, "shape", ())) != 4:
        return None
    strides = {round(math.log2(side / own)) for side, own in zip(images.shape[1:3], tensor.shape[1:3], strict=True)}
    return strides.pop() if len(strides) == 1 else None


def _activates(operation, tensor):
    return isinstance(operation, keras.layers.Activation | keras.layers.ReLU) and operation.input is tensor
