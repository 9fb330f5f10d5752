"""Stages: how long, on which domains and labels, which parts train, which terms."""

import dataclasses

import keras

from xdomain_keras.signatures import require_known


@dataclasses.dataclass(frozen=True)
class Stage:
    """One stretch of training; a method is a list of them.

    Args:
        name: of the stage, unique.
        epochs: number of epochs, the most where it may end earlier.
        domains: names of the domains it trains on; None for all.
        trainable: parts of the network that train, as `MultiHeadModel.part` names them; None for all.
        terms: names of the terms that are summed; None for all.
        optimizer: options of `build_optimizer`.
        tasks: names of the tasks whose labels it reads; None for all.
        frozen: parts among those that do not train, as the last layers in paper 004. Batch normalisation in them uses
            its averages and does not move them.
        patience: for who measures: `experiments.train` ends the stage once validation's score has not risen in so many
            measurements, and begins the next with its best weights; 0 for never. Schedules are those of all `epochs`.
        norm: `"train"`, or `"frozen"`: batch normalisation of the backbone keeps its statistics, scales and shifts.
            With `"per_domain"` those of the domains train, and the ones that all others are predicted with do not.

    Example:

    >>> Stage("heads only", epochs=3, trainable=("saliency",)).epochs
    3
    """

    name: str
    epochs: int
    domains: tuple | None = None
    trainable: tuple | None = None
    terms: tuple | None = None
    optimizer: dict = dataclasses.field(default_factory=dict)
    tasks: tuple | None = None
    frozen: tuple = ()
    patience: int = 0
    norm: str = "train"

    def freeze(self, network):
        """Set which layers of the network train; call before `compile`."""
        for part in ("backbone", *network.heads):
            for layer in network.part(part):
                layer.trainable = self.trainable is None
        for parts, trains in ((self.trainable or (), True), (self.frozen, False)):
            for layer in (layer for part in parts for layer in network.part(part)):
                layer.trainable = trains
        held = {"frozen": (*network.backbone._flatten_layers(), *network.own_norms)}
        held["per_domain"] = [layer for layer, _ in network.norms]
        for layer in held.get(self.norm, ()):
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.trainable = False

    def select(self, terms):
        """The terms of this stage."""
        names = [term.name for term in terms]
        for name in self.terms or ():
            require_known("term", name, names, f"stage `{self.name}`")
        return [term for term in terms if self.terms is None or term.name in self.terms]
