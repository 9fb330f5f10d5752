"""Backbones: functional models from images in [0, 255] to a pyramid of features, by name or as you have them."""

import inspect
import re

import keras
from keras import layers

from xdomain_keras.errors import ConfigError
from xdomain_keras.models.densenet import densenet161
from xdomain_keras.models.feature_pyramid import raise_pyramid
from xdomain_keras.models.feature_transfer import feature_transfer
from xdomain_keras.models.generator import generator
from xdomain_keras.models.mtan import mtan
from xdomain_keras.models.projected_resnet import projected_resnet
from xdomain_keras.models.resnet import NUM_BLOCKS, resnet
from xdomain_keras.models.segnet import segnet
from xdomain_keras.signatures import call, require_known

# Of a pyramid: a letter, the power of 2 of the stride, and a task's name where the level is of one task alone.
LEVEL = re.compile(r"[CcPp](\d+)(_.+)?")
# The mean colour, blue first, that the published VGG-16 subtracts.
VGG_OFFSET = (-103.939, -116.779, -123.68)


def vgg16(input_shape, weights=None, name="backbone"):
    """Build VGG-16 (Simonyan & Zisserman 2015), `keras.applications.VGG16` with its normalisation inside.

    Args:
        input_shape: (height, width, 3).
        weights: None (random), `"imagenet"` (downloads) or path of a weights file without top.
        name: of the model.

    Returns:
        `keras.Model` from images in [0, 255] to `{"c2", "c3", "c4", "c5"}`: the last convolutions of blocks
        3, 4 and 5, and the last pooling.

    Example:

    >>> sorted(vgg16((64, 64, 3)).output)
    ['c2', 'c3', 'c4', 'c5']
    """
    images = keras.Input(input_shape, name="images")
    blue_first = keras.ops.flip(images, axis=-1)
    x = layers.Rescaling(1.0, VGG_OFFSET, name=f"{name}_normalize")(blue_first)
    model = keras.applications.VGG16(include_top=False, weights=weights, input_tensor=x)
    return _tap(model, ("block3_conv3", "block4_conv3", "block5_conv3", "block5_pool"), name)


def efficientnet_b3(input_shape, weights=None, name="backbone"):
    """Build EfficientNet-B3 (Tan & Le 2019), `keras.applications.EfficientNetB3`, which normalises by itself.

    Args:
        input_shape: (height, width, 3).
        weights: None (random), `"imagenet"` (downloads) or path of a weights file without top.
        name: of the model.

    Returns:
        `keras.Model` from images in [0, 255] to `{"c2", "c3", "c4", "c5"}`: the last layers of strides 4 to 32.

    Example:

    >>> efficientnet_b3((64, 64, 3)).output["c5"].shape
    (None, 2, 2, 1536)
    """
    images = keras.Input(input_shape, name="images")
    model = keras.applications.EfficientNetB3(include_top=False, weights=weights, input_tensor=images)
    return _tap(model, ("block2c_add", "block3c_add", "block5e_add", "top_activation"), name)


def _tap(model, layer_names, name):
    outputs = (model.get_layer(layer_name).output for layer_name in layer_names)
    return keras.Model(model.inputs[0], dict(zip(("c2", "c3", "c4", "c5"), outputs, strict=True)), name=name)


def task_encoders(
    input_shape,
    tasks: list[str],
    encoder: dict | None = None,
    transfer: dict | None = None,
    weights=None,
    name="backbone",
    backbones=None,
):
    """One encoder a task, and networks that turn the first one's features into the others' (paper 001, §3.1).

    Every level of a task's encoder is its own, as `c2_depth`; the heads of the task read it. With `transfer` there
    are besides, for each other task, the deepest features of the first one turned into its own, `c2_depth_to_normals`;
    a head reads them where a domain's `taps` say so.

    Args:
        input_shape: (height, width, 3).
        tasks: names of the tasks; the first is the one that is transferred from.
        encoder: `name` and options of a backbone; default: `generator`.
        transfer: options of `models.feature_transfer`, or None for none.
        weights: of the encoders.
        name: of the model; its parts are `<name>_<task>` and `<name>_transfer_<task>`.
        backbones: as of `build_backbone`.

    Returns:
        `keras.Model` from images to a dict of levels.

    Raises:
        ConfigError: a task is named twice, or none.

    Example:

    >>> encoder = {"name": "generator", "width": 0.125}
    >>> model = task_encoders((32, 64, 3), ["depth", "normals"], encoder, {"kind": "unet", "width": 0.125})
    >>> sorted(model.output)
    ['c2_depth', 'c2_depth_to_normals', 'c2_normals']
    """
    if not tasks or len(set(tasks)) < len(tasks):
        raise ConfigError(f"task_encoders: tasks are {list(tasks)!r}; name every task that has an encoder once.")
    images, levels = keras.Input(input_shape, name="images"), {}
    given = {"input_shape": input_shape, "weights": weights, "backbones": backbones}
    options = {"name": "generator", **(encoder or {}), **given}
    for task in tasks:
        model = build_backbone(**options, prefix=f"{name}_{task}")
        levels |= {f"{level}_{task}": tensor for level, tensor in model(images).items()}
    if transfer is not None:
        deepest = max((level for level in levels if level.endswith(f"_{tasks[0]}")), key=depth_of)
        for task in tasks[1:]:
            features = levels[deepest]
            network = call(
                feature_transfer,
                transfer,
                f"{name}.transfer",
                input_shape=tuple(features.shape[1:]),
                name=f"{name}_transfer_{task}",
            )
            levels[f"{deepest}_to_{task}"] = network(features)
    return keras.Model(images, levels, name=name)


def feature_pyramid(
    input_shape, encoder: dict | None = None, channels: int = 256, weights=None, name="backbone", backbones=None
):
    """A backbone and, on it, the way back up to stride 4 (paper 004, §4.4), see `raise_pyramid`.

    What paper 004 freezes are the layers after the second step, `backbone_up3` and the heads. With ResNet-50 and two
    `DeconvHead`s of 3 and 40 channels 26.44 M parameters, 9.73 GMAC on 256 x 256.

    Args:
        input_shape: (height, width, 3), multiples of 32.
        encoder: `name` and options of a backbone with levels c2 to c5; default: `resnet50`.
        channels: of every level.
        weights: of the encoder.
        name: of the model.
        backbones: as of `build_backbone`.

    Returns:
        `keras.Model` from images to `{"c5", "c4", "c3", "c2"}`, strides 32 to 4, `channels` each.

    Raises:
        ConfigError: the encoder's levels do not fit.

    Example:

    >>> feature_pyramid((64, 96, 3), {"name": "resnet18", "width": 0.125}, channels=8).output["c2"].shape
    (None, 16, 24, 8)
    """
    given = {"input_shape": input_shape, "weights": weights, "backbones": backbones}
    options = {"name": "resnet50", **(encoder or {}), **given}
    return raise_pyramid(build_backbone(**options, prefix=name), channels, name)


BACKBONES = {
    "densenet161": densenet161,
    "efficientnet_b3": efficientnet_b3,
    "feature_pyramid": feature_pyramid,
    "generator": generator,
    "mtan": mtan,
    "projected_resnet": projected_resnet,
    "resnet": resnet,
    "segnet": segnet,
    "task_encoders": task_encoders,
    "vgg16": vgg16,
}
RESNETS = {f"resnet{depth}": {"name": "resnet", "depth": depth} for depth in NUM_BLOCKS}


def build_backbone(name, input_shape, weights=None, prefix="backbone", backbones=None, **options):
    """Build a backbone by its name.

    Args:
        name: key of `BACKBONES`, or a ResNet with its depth, as `"resnet50"`.
        input_shape: (height, width, 3).
        weights: None (random, nothing is downloaded), or as the backbone's own function says.
        prefix: name of the model, with which the names of its layers begin.
        backbones: dict of name → function, those that there are; None for `BACKBONES`.
        **options: further arguments of that function, such as `depth` and `width`.

    Returns:
        `keras.Model` from images in [0, 255] to a dict of levels.

    Raises:
        ConfigError: unknown name or option, or weights that cannot be had.

    Example:

    >>> build_backbone("resnet18", (64, 64, 3), width=0.25).output["c5"].shape
    (None, 2, 2, 128)
    """
    known = BACKBONES if backbones is None else backbones
    require_known("name", name, [*known, *RESNETS], "backbone")
    function, options = known[RESNETS.get(name, {"name": name})["name"]], {**options, **RESNETS.get(name, {})}
    options.pop("name", None)
    given = {"input_shape": tuple(input_shape), "weights": weights, "name": prefix}
    if "backbones" in inspect.signature(function).parameters:  # those that are built on another backbone
        given["backbones"] = known
    return call(function, options, prefix, **given)


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
