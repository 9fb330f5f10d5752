"""The weights that a training begins with: pretrained ones, then those of an earlier run."""

import pathlib

from xdomain_keras.errors import ConfigError, DataError
from xdomain_keras.experiments.class_names import shorten as shorten_classes
from xdomain_keras.experiments.model import backbone_options
from xdomain_keras.experiments.run_folder import RunFolder
from xdomain_keras.experiments.starting_weights import new_classes, start_from
from xdomain_keras.models.backbones import encoder_of
from xdomain_keras.models.domain_norms import spread_norms
from xdomain_keras.models.pretrained import IMAGENET, load_pretrained, name_heads
from xdomain_keras.weights.matching import shorten


def load_first_weights(config, model, parts):
    """Give a new network the weights that `model.weights` and `model.start_from` name.

    Args:
        config: `ExperimentConfig`.
        model: `Model`.
        parts: `Parts`.

    Returns:
        list of notes: what was loaded, and what begins anew.

    Raises:
        ConfigError: there is no such file, or nothing in it fits.
        DataError: a file is damaged.
    """
    notes, network = [], model.network
    if config.model.weights:
        loaded = load_weights_of(config, network)
        notes.append(f"{config.model.weights}: {loaded}")
        spread_norms(network.norms)
    begun = config.model.start_from
    if begun:
        kept = start_from(network, begun, model.class_names(), parts)
        shared = [(layer, own) for layer, own in network.norms if own.name in kept and layer.name not in kept]
        spread_norms(shared)  # the earlier run had none of this domain
        kept = [name for name in kept if all(name != own.name for _, own in shared)]
        if kept:
            notes.append(f"{len(kept)} layers are not as in {begun} and begin anew: {shorten(kept)}")
        for task, names in new_classes(begun, model.class_names(), parts).items():
            notes.append(f"classes of `{task}` that {begun} does not know begin anew: {shorten_classes(names)}")
    return notes


def load_weights_of(config, network):
    """Load what `model.weights` names; `Loaded`."""
    weights, encoder = config.model.weights, encoder_of(backbone_options(config))
    path = pathlib.Path(weights)
    if weights != IMAGENET and path.is_dir():
        path = RunFolder(path).weights()
    try:
        return load_pretrained(network.backbone, weights if weights == IMAGENET else path, encoder, name_heads(network))
    except (ConfigError, DataError) as error:
        text = str(error).removeprefix("model.weights: ")
        raise type(error)(f"model.weights: {text}") from None
