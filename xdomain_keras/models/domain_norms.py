"""Batch normalisation of its own for each domain, in a backbone whose other layers are shared."""

import keras

from xdomain_keras.errors import ConfigError


def with_own_norms(backbone, domain):
    """A backbone's graph once more, with the same layers but for batch normalisation.

    Each domain normalises by its own statistics and has scales and shifts of its own (Chang et al. 2019, §3.1, for two
    domains).

    Args:
        backbone: functional `keras.Model`; models in it are looked into.
        domain: name of the domain, which ends the names of the new layers: `<layer>_<domain>`.

    Returns:
        (dict of level → symbolic tensor, from `backbone.input`; list of (layer, its own for this domain)).

    Raises:
        ConfigError: the backbone has no batch normalisation.

    Example:

    >>> images = keras.Input((8, 8, 3))
    >>> x = keras.layers.BatchNormalization(name="norm")(keras.layers.Conv2D(4, 3)(images))
    >>> levels, norms = with_own_norms(keras.Model(images, {"c0": x}), "street")
    >>> levels["c0"].shape, [own.name for _, own in norms]
    ((None, 6, 6, 4), ['norm_street'])
    """
    found = {}

    def own_of(layer):
        if id(layer) in found:  # a layer that is called several times
            return found[id(layer)][1]
        if isinstance(layer, keras.layers.BatchNormalization):
            config = {**layer.get_config(), "name": f"{layer.name}_{domain}"}
            found[id(layer)] = layer, type(layer).from_config(config)
            return found[id(layer)][1]
        return keras.models.clone_model(layer, clone_function=own_of) if isinstance(layer, keras.Model) else layer

    levels = keras.models.clone_model(backbone, input_tensors=backbone.input, clone_function=own_of).output
    if not found:
        raise ConfigError("norm: per_domain: the backbone has no batch normalisation; leave it out.")
    return levels, list(found.values())


def average_norms(norms):
    """Give every shared layer the mean weights of the domains' own.

    Args:
        norms: list of (layer, own layer), as of `with_own_norms`, of all domains.
    """
    own = {}
    for layer, each in norms:
        own.setdefault(id(layer), (layer, []))[1].append(each.get_weights())
    for layer, weights in own.values():
        layer.set_weights([sum(arrays) / len(arrays) for arrays in zip(*weights, strict=True)])


def spread_norms(norms):
    """Give every own layer the weights of the shared one.

    Args:
        norms: as of `average_norms`.
    """
    for layer, own in norms:
        own.set_weights(layer.get_weights())
