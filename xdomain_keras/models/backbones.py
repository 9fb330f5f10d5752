"""Backbones: functional models from images in [0, 255] to a pyramid of features, by name."""

import inspect

import keras

from xdomain_keras.errors import ConfigError
from xdomain_keras.models.applications import efficientnet_b3, keras_applications
from xdomain_keras.models.densenet import densenet161
from xdomain_keras.models.efficientnet_lite import efficientnet_lite
from xdomain_keras.models.feature_pyramid import raise_pyramid
from xdomain_keras.models.feature_transfer import feature_transfer
from xdomain_keras.models.generator import generator
from xdomain_keras.models.hub import keras_cv, keras_hub
from xdomain_keras.models.mtan import mtan
from xdomain_keras.models.pretrained import load_pretrained
from xdomain_keras.models.projected_resnet import projected_resnet
from xdomain_keras.models.pyramid import depth_of
from xdomain_keras.models.resnet import NUM_BLOCKS, resnet
from xdomain_keras.models.segnet import segnet
from xdomain_keras.models.vgg16 import vgg16
from xdomain_keras.signatures import call, require_known

# What stands on another backbone → that one, where the config names none.
ENCODERS = {"feature_pyramid": {"name": "resnet50"}, "task_encoders": {"name": "generator"}}


def task_encoders(
    input_shape,
    tasks: list[str],
    encoder: dict | None = None,
    transfer: dict | None = None,
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
    for task in tasks:
        model = _build_encoder("task_encoders", encoder, input_shape, f"{name}_{task}", backbones)
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


def feature_pyramid(input_shape, encoder: dict | None = None, channels: int = 256, name="backbone", backbones=None):
    """A backbone and, on it, the way back up to stride 4 (paper 004, §4.4), see `raise_pyramid`.

    What paper 004 freezes are the layers after the second step, `backbone_up3` and the heads. With ResNet-50 and two
    `DeconvHead`s of 3 and 40 channels 26.44 M parameters, 9.73 GMAC on 256 x 256.

    Args:
        input_shape: (height, width, 3), multiples of 32.
        encoder: `name` and options of a backbone with levels c2 to c5; default: `resnet50`.
        channels: of every level.
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
    return raise_pyramid(_build_encoder("feature_pyramid", encoder, input_shape, name, backbones), channels, name)


BACKBONES = {
    "densenet161": densenet161,
    "efficientnet_b3": efficientnet_b3,
    "efficientnet_lite": efficientnet_lite,
    "feature_pyramid": feature_pyramid,
    "generator": generator,
    "keras_applications": keras_applications,
    "keras_cv": keras_cv,
    "keras_hub": keras_hub,
    "mtan": mtan,
    "projected_resnet": projected_resnet,
    "resnet": resnet,
    "segnet": segnet,
    "task_encoders": task_encoders,
    "vgg16": vgg16,
}
# Their levels end in sums or linear layers, whose size is of the weights: a hundred times that of others it may be.
UNSCALED = {"efficientnet_b3", "efficientnet_lite", "keras_applications", "keras_cv", "keras_hub", "vgg16"}
RESNETS = {f"resnet{depth}": {"name": "resnet", "depth": depth} for depth in NUM_BLOCKS}


def build_backbone(name, input_shape, weights=None, prefix="backbone", backbones=None, **options):
    """Build a backbone by its name.

    Args:
        name: key of `BACKBONES`, or a ResNet with its depth, as `"resnet50"`.
        input_shape: (height, width, 3).
        weights: None (random, nothing is downloaded), `"imagenet"` or the path of a file, see `load_pretrained`.
        prefix: name of the model, with which the names of its layers begin.
        backbones: dict of name → function, those that there are; None for `BACKBONES`.
        **options: further arguments of that function, such as `depth` and `width`.

    Returns:
        `keras.Model` from images in [0, 255] to a dict of levels.

    Raises:
        ConfigError: unknown name or option, or weights that cannot be had or do not fit.
        DataError: the file of weights is damaged.

    Example:

    >>> build_backbone("resnet18", (64, 64, 3), width=0.25).output["c5"].shape
    (None, 2, 2, 128)
    """
    known = BACKBONES if backbones is None else backbones
    require_known("name", name, [*known, *RESNETS], "backbone")
    own = {**options, **RESNETS.get(name, {"name": name})}
    function = known[own.pop("name")]
    given = {"input_shape": tuple(input_shape), "name": prefix}
    if "backbones" in inspect.signature(function).parameters:  # those that are built on another backbone
        given["backbones"] = known
    backbone = call(function, own, prefix, **given)
    if weights is not None:
        load_pretrained(backbone, weights, encoder_of({"name": name, **options}))
    return backbone


def encoder_of(options):
    """Name and options of the network that ImageNet weights are for: a backbone's own, or those of its encoder.

    Example:

    >>> encoder_of({"name": "feature_pyramid", "encoder": {"name": "resnet18", "width": 0.5}})
    {'name': 'resnet', 'width': 0.5, 'depth': 18}
    """
    name = options["name"]
    if name in ENCODERS:
        return encoder_of({**ENCODERS[name], **(options.get("encoder") or {})})
    return {**options, **RESNETS.get(name, {})}


def _build_encoder(place, options, input_shape, name, backbones):
    options = {**ENCODERS[place], **(options or {})}
    for key in sorted(options.keys() & {"input_shape", "weights", "prefix", "backbones"}):
        raise ConfigError(
            f"{place}.encoder: unknown key `{key}`; weights are named in model.weights, for all encoders."
        )
    return build_backbone(**options, input_shape=input_shape, prefix=name, backbones=backbones)
