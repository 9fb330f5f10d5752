"""The model: one backbone, one head a task."""

import types

import keras

from xdomain_keras.errors import ConfigError
from xdomain_keras.models.conv_norm import batch_norm
from xdomain_keras.models.domain_norms import with_own_norms
from xdomain_keras.models.pyramid import as_backbone, depth_of
from xdomain_keras.signatures import require_known, suggest


@keras.saving.register_keras_serializable(package="xdomain_keras")
class MultiHeadModel(keras.Model):
    """A shared backbone and a head a task: `images -> {task: tensor}`.

    It is an ordinary functional model: `compile(loss={task: …})` and `fit` work, and `.keras` files cross
    backends. Layers of a head are named `<task>_…`. Levels of the backbone that no head needs are cut off.

    Args:
        backbone: functional model from images to a pyramid, or what `as_backbone` takes.
        heads: dict of task name to `Head` (or any registered callable of `(pyramid, name)`).
        keep: names of levels that stay although no head reads them.
        normalize: whether every head normalises each level that it reads (batch normalisation `<task>_<level>_norm`):
            heads expect features of about unit size, and those of many pretrained networks are ten times as large.
        domains: names of the domains that have batch normalisation of their own in the backbone (`with_own_norms`);
            the backbone's own layers are then what other domains are predicted with, see `average_norms`.

    Attributes:
        backbone: `keras.Model` from images to the levels that are used.
        levels: their names, fine to coarse.
        heads: dict as given.
        norms: list of (layer of the backbone, that of a domain), empty without `domains`.
        features: read-only dict of symbolic tensors: the levels, and `pooled`, the deepest level averaged over
            the image, `[B, D]`.

    Raises:
        ConfigError: the names of two tasks, or of a task and the backbone, would mix up their layers.

    Example:

    >>> from xdomain_keras.models import SSDHead, ThinHead, build_backbone
    >>> detection = SSDHead(3, taps=("c4", "c5"), extras=(), aspect_ratios=(2,))
    >>> saliency = ThinHead(filters=4, decoder_filters=(8, 4))
    >>> backbone = build_backbone("resnet", (64, 64, 3), depth=18, width=0.125)
    >>> model = MultiHeadModel(backbone, {"detection": detection, "saliency": saliency})
    >>> {task: tuple(output.shape) for task, output in model(np.zeros((1, 64, 64, 3))).items()}
    {'detection': (1, 80, 8), 'saliency': (1, 8, 8, 1)}
    """

    def __init__(self, backbone, heads, keep=(), normalize=False, domains=(), name="multi_head_model", **kwargs):
        _check_names(heads)
        backbone = as_backbone(backbone)
        pyramids = {task: NormalizedLevels(backbone.output, task) if normalize else backbone.output for task in heads}
        outputs = {task: head(pyramids[task], task) for task, head in heads.items()}
        super().__init__(inputs=backbone.input, outputs=outputs, name=name, **kwargs)
        _choose(keep, backbone.output, "level")
        used = {id(operation) for operation in self.operations}
        levels = {
            level: tensor
            for level, tensor in backbone.output.items()
            if level in keep or id(tensor._keras_history.operation) in used
        }
        if len(levels) < len(backbone.output):
            backbone = keras.Model(backbone.input, levels, name=backbone.name)
        deepest = levels[max(levels, key=depth_of)]
        pooled = keras.layers.GlobalAveragePooling2D(dtype="float32", name="pooled")(deepest)
        self.backbone, self.heads, self.keep, self.normalize = backbone, heads, tuple(keep), normalize
        self.levels, self.domains = tuple(sorted(levels)), tuple(domains)
        own = {domain: with_own_norms(backbone, domain) for domain in self.domains}
        self.pyramids = types.MappingProxyType({domain: levels for domain, (levels, _) in own.items()})
        self.norms = tuple(pair for _, norms in own.values() for pair in norms)
        for norm in self.own_norms:  # torch knows a layer by the attribute that it is; else no gradient is reset
            setattr(self, norm.name, norm)
        # A tensor cannot be an input and an output of the decoder: hence the identities.
        passed = {level: keras.layers.Identity(name=f"feature_{level}")(tensor) for level, tensor in levels.items()}
        # A plain dict would be tracked as state of the model.
        self.features = types.MappingProxyType({**passed, "pooled": pooled})

    @property
    def own_norms(self):
        """The layers of single domains among `norms`."""
        return [own for _, own in self.norms]

    def subnetwork(self, outputs=None, features=(), taps=None, domain=None):
        """Build the model that computes only what is asked for, with the same layers and weights.

        Args:
            outputs: names of tasks; None for all.
            features: names in `features`.
            taps: dict of task → level that its head reads instead of its own.
            domain: one of `domains`, by whose normalisation; None for that of all others.

        Returns:
            `keras.Model` from images to `{"outputs": {task: tensor}, "features": {name: tensor}}`.

        Raises:
            ConfigError: unknown name, or a level that the head cannot read.
        """
        outputs = tuple(self.heads) if outputs is None else tuple(outputs)
        chosen = self.choose(outputs, features)
        if domain is not None:
            levels = self.levels_below(outputs, features)
            decoder = self.decoder(levels, outputs, features)
            chosen = decoder([self.pyramid(domain)[level] for level in levels])
        for task, level in (taps or {}).items():
            if task in chosen["outputs"]:
                chosen["outputs"][task] = self.read_from(task, level, domain)
        return keras.Model(self.input, chosen, name=f"{self.name}_subnetwork")

    def pyramid(self, domain=None):
        """Dict of level → symbolic tensor, as a domain's images are normalised; None for domains without own norms."""
        if domain is None:
            return self.backbone.output
        require_known("domain", domain, self.pyramids)
        return self.pyramids[domain]

    def read_from(self, task, level, domain=None):
        """The symbolic output of a task's head, with its weights, on another level than its own."""
        _choose([task], self.output, "task")
        _choose([level], self.backbone.output, "level")
        own = self.levels_below(outputs=[task])
        old, new = [self.backbone.output[name] for name in own], self.pyramid(domain)[level]
        if len(own) != 1 or old[0].shape != new.shape:
            shapes = ", ".join(f"{name} {tuple(tensor.shape[1:])}" for name, tensor in zip(own, old, strict=True))
            raise ConfigError(
                f"the head of {task!r} reads {shapes}; it cannot read {level!r} {tuple(new.shape[1:])} instead."
            )
        return keras.Model(old, self.output[task], name=f"{task}_from_{level}")([new])

    def encoder(self, levels=None, domain=None):
        """Build the first half of `subnetwork`: `keras.Model` from images to a dict of levels; None for all."""
        pyramid = self.pyramid(domain)
        levels = self.levels if levels is None else levels
        return keras.Model(self.input, {level: pyramid[level] for level in levels}, name="encoder")

    def decoder(self, levels=None, outputs=(), features=()):
        """Build the second half of `subnetwork`: from levels of `backbone` on.

        Args:
            levels: names of the levels that it is given; None for all.
            outputs: names of tasks.
            features: names in `features`.

        Returns:
            `keras.Model` from the list of levels to what `subnetwork` returns.
        """
        levels = self.levels if levels is None else levels
        inputs = [self.backbone.output[level] for level in levels]
        return keras.Model(inputs, self.choose(outputs, features), name=f"{self.name}_decoder")

    def levels_below(self, outputs=(), features=()):
        """Names of the levels that these outputs and features are computed from, sorted."""
        chosen = self.choose(outputs, features)
        return _sources([*chosen["outputs"].values(), *chosen["features"].values()], self.backbone.output)

    def choose(self, outputs, features):
        """Symbolic `{"outputs": …, "features": …}` by name."""
        return {
            "outputs": _choose(outputs, self.output, "task"),
            "features": _choose(features, self.features, "feature"),
        }

    def part(self, name):
        """List the layers of a part, for freezing them.

        Args:
            name: `"backbone"`; a task; `"backbone_c3"`, the backbone up to that level; or the beginning of layer names
                up to an underscore, as `"backbone_layer4"` or `"saliency_aspp"`.

        Returns:
            list of layers.

        Raises:
            ConfigError: no layer with weights belongs to it.
        """
        if name == "backbone":
            return [*self.backbone.layers, *self.own_norms]
        levels = {f"backbone_{level}": tensor for level, tensor in self.backbone.output.items()}
        if name in levels:
            below = list(keras.Model(self.backbone.input, levels[name])._flatten_layers(include_self=False))
            return [*below, *(own for layer, own in self.norms if any(layer is each for each in below))]
        layers = {id(layer): layer for layer in (*self.layers, *self.backbone.layers, *self.own_norms)}.values()
        found = [layer for layer in layers if layer.name == name or layer.name.startswith(f"{name}_")]
        if name not in self.heads and not any(layer.weights for layer in found):
            names = [layer.name.split("_") for layer in layers if layer.weights]
            known = {"backbone", *self.heads, *levels}
            known |= {"_".join(parts[:end]) for parts in names for end in (1, 2)}
            raise ConfigError(f"part {name!r} has no layers with weights; {suggest(name, sorted(known))}")
        return found

    def get_config(self):
        return {
            "name": self.name,
            "backbone": keras.saving.serialize_keras_object(self.backbone),
            "heads": {task: keras.saving.serialize_keras_object(head) for task, head in self.heads.items()},
            "keep": list(self.keep),
            "normalize": self.normalize,
            "domains": list(self.domains),
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        restore = keras.saving.deserialize_keras_object
        heads = {task: restore(head, custom_objects) for task, head in config["heads"].items()}
        options = {key: config[key] for key in ("keep", "normalize", "domains", "name") if key in config}
        return cls(restore(config["backbone"], custom_objects), heads, **options)


class NormalizedLevels(dict):
    """A pyramid as one head reads it: every level is normalised when it is first asked for.

    Args:
        pyramid: dict of level → symbolic tensor.
        task: name of the head.
    """

    def __init__(self, pyramid, task):
        super().__init__(pyramid)
        self.task, self.normalized = task, {}

    def __getitem__(self, level):
        if level not in self.normalized:
            self.normalized[level] = batch_norm(f"{self.task}_{level}_norm")(super().__getitem__(level))
        return self.normalized[level]


def _check_names(heads):
    for task in heads:
        for other in ("backbone", *(name for name in heads if name != task)):
            if f"{task}_".startswith(f"{other}_"):
                raise ConfigError(f"task {task!r}: its layers would be taken for those of {other!r}; rename one.")


def _sources(tensors, levels):
    """Sorted names of the levels that symbolic tensors depend on."""
    names = {id(tensor): name for name, tensor in levels.items()}
    found, seen, pending = set(), set(), list(tensors)
    while pending:
        tensor = pending.pop()
        if id(tensor) in names:
            found.add(names[id(tensor)])
        elif id(tensor) not in seen:
            seen.add(id(tensor))
            history = tensor._keras_history
            pending += history.operation._inbound_nodes[history.node_index].input_tensors
    return sorted(found)


def _choose(names, known, kind):
    for name in names:
        require_known(kind, name, known)
    return {name: known[name] for name in names}
