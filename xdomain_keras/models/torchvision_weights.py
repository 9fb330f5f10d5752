"""Weights for the backbones that this package builds: Keras files, or torchvision's state dicts."""

import pathlib

import numpy as np

from xdomain_keras.errors import ConfigError

# Keras name of a variable -> torch name of a parameter.
BATCH_NORMALIZATION = {"gamma": "weight", "beta": "bias", "moving_mean": "running_mean"}
BATCH_NORMALIZATION["moving_variance"] = "running_var"


def load_backbone_weights(backbone, weights):
    """Load a weights file into a backbone.

    Args:
        backbone: model built by this package.
        weights: None (leaves it random); path of `.weights.h5` or `.keras`; path of torchvision's `.pth`.

    Returns:
        The same backbone.

    Raises:
        ConfigError: no such file, or a name such as `"imagenet"` that would need a download.
    """
    if weights is None:
        return backbone
    path = pathlib.Path(weights)
    if not path.is_file():
        raise ConfigError(
            f"weights: {str(weights)!r} is not a file; give the path of a Keras `.weights.h5` or of a torchvision "
            "`.pth` of the same architecture, or null for random weights."
        )
    if path.suffix not in (".pth", ".pt"):
        backbone.load_weights(path)
        return backbone
    import torch

    state = torch.load(path, map_location="cpu", weights_only=True)
    return load_torchvision_state(backbone, {key: value.numpy() for key, value in state.items()})


def load_torchvision_state(backbone, state):
    """Copy a torchvision state dict, by name, into a ResNet or DenseNet of this package.

    Args:
        backbone: model of `resnet` or `densenet161`.
        state: dict of parameter name to NumPy array; the classifier in it is not read.

    Returns:
        The same backbone.

    Raises:
        ConfigError: a parameter is missing or has another shape.

    Example:

    >>> from xdomain_keras.models.resnet import resnet
    >>> load_torchvision_state(resnet((32, 32, 3), depth=18, width=0.125), {})
    Traceback (most recent call last):
    xdomain_keras.errors.ConfigError: weights: conv1.weight is missing; is this a state dict of the same architecture?
    """
    for layer in backbone.layers:
        module = layer.name.removeprefix(f"{backbone.name}_").replace("_", ".")
        for variable in layer.weights:
            key = f"{module}.{BATCH_NORMALIZATION.get(variable.name, 'weight')}"
            if key not in state:
                raise ConfigError(f"weights: {key} is missing; is this a state dict of the same architecture?")
            value = np.asarray(state[key])
            value = value.transpose(2, 3, 1, 0) if value.ndim == 4 else value
            if value.shape != tuple(variable.shape):
                raise ConfigError(f"weights: {key} is {value.shape}; expected {tuple(variable.shape)}.")
            variable.assign(value)
    return backbone
