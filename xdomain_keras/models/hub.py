"""Backbones of keras_hub and keras_cv as feature pyramids, with their preprocessing inside."""

import importlib

import keras
import numpy as np

from xdomain_keras.errors import ConfigError
from xdomain_keras.extras import require_installed
from xdomain_keras.models.applications import PROBE
from xdomain_keras.models.pyramid import as_backbone, find_levels
from xdomain_keras.signatures import require_known

EXTRAS = {"keras_hub": "hub", "keras_cv": "tensorflow"}


def keras_hub(input_shape, preset: str, architecture: dict | None = None, name="backbone"):
    """Build a backbone of a preset of keras_hub, with the scaling of its image converter.

    Layers have the names of keras_hub.

    Args:
        input_shape: (height, width, 3).
        preset: its name, as `"resnet_50_imagenet"`, a handle, or a folder that `save_to_preset` wrote.
        architecture: what the preset says of its layers, as `describe` returns it; None to read the preset.
        name: of the model.

    Returns:
        `keras.Model` from images in [0, 255] to `{"c2", …}`.

    Raises:
        ConfigError: keras_hub is not installed, the preset cannot be had, or it is not one of images.
    """
    architecture = architecture or describe("keras_hub", {"preset": preset})
    return build("keras_hub", architecture, input_shape, name)


def keras_cv(input_shape, model: str, options: dict | None = None, architecture: dict | None = None, name="backbone"):
    """Build a backbone of keras_cv, which scales images by itself.

    Layers have the names of keras_cv.

    Args:
        input_shape: (height, width, 3).
        model: name of a class in `keras_cv.models`, as `"ResNet50V2Backbone"`, or a folder that `save_to_preset` wrote.
        options: arguments of the class, as `stackwise_filters` of `"ResNetV2Backbone"`.
        architecture: class and arguments, as `describe` returns them; None to ask keras_cv.
        name: of the model.

    Returns:
        `keras.Model` from images in [0, 255] to `{"c2", …}`.

    Raises:
        ConfigError: keras_cv is not installed, there is no such class, or its options are wrong.
    """
    architecture = architecture or describe("keras_cv", {"model": model, "options": options})
    return build("keras_cv", architecture, input_shape, name)


def describe(library, options):
    """What a preset is made of, so that a run can be read again where the preset cannot be had.

    Args:
        library: `"keras_hub"` or `"keras_cv"`.
        options: of the backbone, as a config has them.

    Returns:
        dict: `class`, its `config`, and `scale` and `offset` of the colours, `x · scale + offset`, where the library
        keeps them apart.

    Raises:
        ConfigError: as of `keras_hub` and `keras_cv`.
    """
    backbone, colours = open_preset(library, options, load_weights=False)
    return {"class": type(backbone).__name__, "config": _plain(backbone.get_config()), **colours}


def open_preset(library, options, load_weights):
    """(backbone of the library, dict of `scale` and `offset` as `describe` has them)."""
    require_installed(library, f"backbone {library}", EXTRAS[library])
    try:
        return {"keras_hub": _open_hub, "keras_cv": _open_cv}[library](options, load_weights)
    except ConfigError:
        raise
    except Exception as error:  # of the network and of presets there is any kind
        reason = " ".join(str(error).split())[:200]
        wanted = options.get("preset") or options.get("model")
        raise ConfigError(
            f"{library}: {wanted} cannot be had ({reason}); name a preset that can be fetched, or a folder that "
            "`save_to_preset` wrote."
        ) from None


def resolve_backbone(options):
    """Options of a backbone with the architecture of every preset in it; None where there is none.

    Example:

    >>> resolve_backbone({"name": "resnet", "depth": 18}) is None
    True
    """
    found = {key: resolve_backbone(value) for key, value in options.items() if isinstance(value, dict)}
    found = {key: value for key, value in found.items() if value is not None}
    if options.get("name") in EXTRAS and not options.get("architecture"):
        found["architecture"] = describe(options["name"], options)
    return {**options, **found} if found else None


def build(library, architecture, input_shape, name):
    """Build what `describe` described, for images of another size.

    Raises:
        ConfigError: the library has no such class, or its backbone no pyramid.
    """
    kind = _find_class(library, architecture.get("class"))
    config, sized = dict(architecture["config"]), _key_of_size(architecture["config"])
    if sized is None:
        raise ConfigError(f"{library}: {kind.__name__} is not a backbone of images; choose one that is.")
    pyramid = _with_levels(kind.from_config({**config, sized: tuple(input_shape)}))
    images = scaled = keras.Input(input_shape, name="images")
    if {"scale", "offset"} & set(architecture):
        scale, offset = architecture.get("scale", 1.0), architecture.get("offset", 0.0)
        scaled = keras.layers.Rescaling(scale, offset, name=f"{name}_normalize")(images)

    def scale_first(layer, *inputs, **options):
        return layer(*(scaled if tensor is images else tensor for tensor in inputs), **options)

    # Layers one by one, and not a model in a model: parts of it can be named, frozen and cut off.
    pyramid = keras.Model(pyramid.inputs[0], pyramid.output)
    flat = keras.models.clone_model(pyramid, input_tensors=images, call_function=scale_first)
    return keras.Model(images, flat.output, name=name)


def read_preset(options):
    """The pyramid of a preset with its weights, its layers in the order of those of `build`."""
    return _with_levels(open_preset(options["name"], options, load_weights=True)[0])


def _with_levels(network):
    """A backbone of either library as a plain model from images to its levels."""
    if getattr(network, "pyramid_outputs", None) or getattr(network, "pyramid_level_inputs", None):
        return as_backbone(network)
    config = network.get_config()  # the levels are found on images large enough
    probe = type(network).from_config({**config, _key_of_size(config): PROBE})
    levels = {level: network.operations[index].output for level, index in find_levels(probe).items()}
    return keras.Model(network.inputs[0], levels)


def _key_of_size(config):
    """The argument of a backbone that is the shape of images, or None."""
    return next((key for key in ("image_shape", "input_shape") if key in config), None)


def _find_class(library, name):
    require_installed(library, f"backbone {library}", EXTRAS[library])
    models = importlib.import_module(f"{library}.models")
    kind = getattr(models, str(name), None)
    if not (isinstance(kind, type) and issubclass(kind, models.Backbone)):
        raise ConfigError(f"{library}: {name!r} is not one of its backbones; install a version that has it.")
    return kind


def _open_hub(options, load_weights):
    hub = importlib.import_module("keras_hub")
    backbone = hub.models.Backbone.from_preset(options["preset"], load_weights=load_weights)
    try:
        converter = hub.layers.ImageConverter.from_preset(options["preset"])
    except (ValueError, FileNotFoundError):  # the preset comes without one
        return backbone, {}
    colours = {"scale": converter.scale, "offset": converter.offset}
    return backbone, {key: np.asarray(value).tolist() for key, value in colours.items() if value is not None}


def _open_cv(options, load_weights):
    models = importlib.import_module("keras_cv").models
    given, more = options["model"], dict(options.get("options") or {})
    if "/" in given or given.startswith("."):
        return models.Backbone.from_preset(given, load_weights=load_weights, **more), {}
    known = [name for name in dir(models) if name.endswith("Backbone") and name != "Backbone"]
    require_known("model", given, known, "keras_cv")
    kind = getattr(models, given)
    if load_weights:
        presets = [name for name in kind.presets_with_weights if "imagenet" in name]
        if not presets:
            raise ConfigError(f"keras_cv: nobody publishes ImageNet weights of {given}; name a file of weights.")
        return kind.from_preset(presets[0], load_weights=True, **more), {}
    return kind(**more), {}


def _plain(value):
    """A config of Keras as JSON has it."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value.item() if isinstance(value, np.generic) else value
