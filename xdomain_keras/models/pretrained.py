"""Weights from elsewhere, into a backbone and the heads on it."""

import re

import keras

from xdomain_keras.errors import ConfigError
from xdomain_keras.layers.input_scale import TORCHVISION, InputScale
from xdomain_keras.models.published import open_published
from xdomain_keras.weights import load_arrays, open_weights

IMAGENET = "imagenet"
RATE = re.compile(r"_rate\d+")


def load_pretrained(backbone, weights, encoder, heads=()):
    """Load ImageNet weights or a file of weights.

    Understood are state dicts of torch with the keys of torchvision, timm and `efficientnet_lite_pytorch` (those of
    torchvision's segmentation networks with their heads), files of Keras with the names of `keras.applications` or of
    this package, and safetensors of either. Nothing in a file is run.

    Args:
        backbone: `keras.Model` as `build_backbone` makes it.
        weights: `"imagenet"`, or the path of a file.
        encoder: name and options of the network that the weights are for, see `encoder_of`.
        heads: list of (layer, its name as of `name_heads`), which take what a segmentation network has for them.

    Returns:
        `Loaded`.

    Raises:
        ConfigError: there is no such file, or nothing in it fits.
        DataError: the file is damaged, or is none of weights.
    """
    layers = named_layers(backbone)
    scales = [layer for layer, _ in layers if isinstance(layer, InputScale)]
    with open_published(encoder, layers) if weights == IMAGENET else open_weights(weights) as arrays:
        named = [(layer, name) for layer, name in layers if layer not in scales]
        try:
            loaded = load_arrays(named, arrays, [*((layer, layer.name) for layer in scales), *heads])
        except ConfigError as error:
            raise ConfigError(f"{weights}: {error}") from None
        if loaded.family is not None:  # torch's networks see colours as torchvision does
            for layer in scales:
                layer.follow(*TORCHVISION)
    return loaded


def named_layers(model):
    """List of (layer with weights, its name without that of the model that it is in), nested models included.

    Example:

    >>> images = keras.Input((8, 8, 3))
    >>> model = keras.Model(images, keras.layers.Conv2D(4, 3, name="backbone_conv1")(images), name="backbone")
    >>> [name for _, name in named_layers(model)]
    ['conv1']
    """
    found = []
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            found += named_layers(layer)
        # Normalisation of Keras' EfficientNets is the identity here, see `applications`.
        elif layer.weights and not isinstance(layer, keras.layers.Normalization):
            found.append((layer, layer.name.removeprefix(f"{model.name}_")))
    return found


def name_heads(network):
    """List of (layer, name in torchvision's segmentation networks), of the heads that are theirs.

    Args:
        network: `MultiHeadModel`. A head on the backbone's deepest level is the classifier, one on the level before
            the auxiliary one.
    """
    found = []
    for task, head in network.heads.items():
        place = {"c5": "classifier", "c4": "aux_classifier"}.get(getattr(head, "tap", None))
        if place and type(head).__name__ in ("DeepLabHead", "FCNHead"):
            layers = [layer for layer in network.part(task) if layer.weights]
            found += [(layer, RATE.sub("", f"{place}_{layer.name.removeprefix(f'{task}_')}")) for layer in layers]
    return found
