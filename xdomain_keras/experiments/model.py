"""The network of a config and its tasks, from facts alone: no data are opened."""

import keras

from xdomain_keras.errors import ConfigError, XDomainError
from xdomain_keras.evaluation.predictor import build_predictor
from xdomain_keras.experiments.cells import named_tasks, taps_of, trained_matrix
from xdomain_keras.experiments.classes import read_table
from xdomain_keras.models import MultiHeadModel, build_backbone
from xdomain_keras.models.backbones import UNSCALED, encoder_of
from xdomain_keras.signatures import call
from xdomain_keras.tasks.on_cell import TaskOnCell


class Model:
    """A network, its tasks, and the models that compute parts of it on one domain or another.

    Args:
        config: `ExperimentConfig`.
        network: `MultiHeadModel`.
        tasks: dict of task name → `Task`.
        rebuild: callable, config → another `Model` of the same facts.
        classes: as of `Facts`.
    """

    def __init__(self, config, network, tasks, rebuild, classes):
        self.config, self.network, self.tasks, self.rebuild, self.classes = config, network, tasks, rebuild, classes
        self.other_size, self.predictors, self.subnetworks = None, {}, {}

    def subnetwork(self, domain, outputs=(), features=(), normalized_as=None):
        """`MultiHeadModel.subnetwork`, built once; its heads read what they read on the domain, where one is named.

        Args:
            domain: name of a domain, or None.
            outputs, features: as there.
            normalized_as: the domain whose images it is for, where that is another.
        """
        taps, own = taps_of(self.config, domain), self.own_norms(normalized_as or domain)
        key = (tuple(outputs), tuple(features), tuple(sorted(taps.items())), own)
        if key not in self.subnetworks:
            self.subnetworks[key] = self.network.subnetwork(outputs, features, taps, own)
        return self.subnetworks[key]

    def own_norms(self, domain):
        """The domain, where it has batch normalisation of its own; else None."""
        return domain if domain in domains_with_norms(self.config) else None

    def predictor(self, domain, tasks=None):
        """The predictor of some tasks on a domain, built once; domains that are read alike share it.

        Args:
            domain: name of a domain, or None for no domain in particular.
            tasks: names; None for all.
        """
        taps, own = taps_of(self.config, domain), self.own_norms(domain)
        names = tuple(self.tasks if tasks is None else tasks)
        key = (names, tuple(sorted(taps.items())), own)
        if key not in self.predictors:
            chosen = {name: self.tasks[name] for name in names}
            self.predictors[key] = build_predictor(self.network, chosen, taps, own)
        return self.predictors[key]

    def tasks_on(self, data, domain, split):
        """Dict of task name → `Task`, or `TaskOnCell` where a split's labels have other names than the task's.

        Args:
            data: `Data`, of which the names are read.
            domain: name of the domain.
            split: of it.
        """
        found = {}
        for name, task in self.tasks.items():
            read = bool(task.class_names) and name in named_tasks(self.config, domain)
            names = data.names(domain, split, task) if read else ()
            table = read_table(self.config, self.classes, task, domain, split, names) if names else None
            found[name] = task if table is None or table.is_plain else TaskOnCell(task, table)
        return found

    def class_names(self):
        """Dict of task → its class names, of the tasks that have classes."""
        return {name: list(task.class_names) for name, task in self.tasks.items() if task.class_names}

    def choices(self):
        """Dict of task → what validation chose for it, where it chose anything."""
        chosen = {name: task.choices() for name, task in self.tasks.items()}
        return {name: own for name, own in chosen.items() if own}

    def choose(self, choices):
        """Take up what `choices` returned; predictors are built anew."""
        if choices != self.choices():
            for name, own in choices.items():
                self.tasks[name].choose(own)
            self.predictors.clear()

    def settle(self, results):
        """Let every task choose by its mean figures over the domains; whether one chose otherwise than before.

        Args:
            results: dict of `Cell` → metrics.
        """
        before = self.choices()
        for name, task in self.tasks.items():
            cells = [metrics for cell, metrics in results.items() if cell.task == name]
            if cells:
                task.settle({key: sum(metrics[key] for metrics in cells) / len(cells) for key in cells[0]})
        changed = self.choices() != before
        if changed:
            self.predictors.clear()  # what tasks chose is built into them
        return changed

    def for_evaluation(self):
        """This model, or its twin for images of `evaluation.image_size`, with the same weights."""
        size = self.config.evaluation.image_size
        if size is None or size == self.config.image_size:
            return self
        if self.other_size is None:
            evaluation = self.config.evaluation.model_copy(update={"image_size": None})
            changed = self.config.model_copy(update={"image_size": size, "evaluation": evaluation})
            self.other_size = self.rebuild(changed)
        try:
            self.other_size.network.set_weights(self.network.get_weights())
        except ValueError:
            raise ConfigError(
                f"evaluation.image_size: {list(size)} gives the network other weights than {self.config.image_size}; "
                "leave it out, or take a backbone and heads that fit any size."
            ) from None
        self.other_size.choose(self.choices())
        return self.other_size


def build_model(config, facts, parts):
    """Build the network of a config.

    Args:
        config: `ExperimentConfig`.
        facts: `Facts`.
        parts: `Parts`.

    Returns:
        `Model`.

    Raises:
        ConfigError: an option of backbone, heads or tasks is wrong.
    """
    tasks = build_tasks(config, facts, parts)
    try:
        network = build_network(config, tasks, parts, facts.backbone)
    except XDomainError:
        raise
    except ValueError as error:  # Keras' own, as of a layer without channels
        reason = " ".join(str(error).split())[:300]
        raise ConfigError(f"model: look at backbone, weights and the heads' options: {reason}") from error
    for domain in config.domains:
        for task, level in taps_of(config, domain).items():
            network.read_from(task, level)  # said now, and not after training
    return Model(config, network, tasks, lambda changed: build_model(changed, facts, parts), facts.classes)


def build_tasks(config, facts, parts):
    """Dict of task name → `Task`, of the trained tasks."""
    tasks = {}
    for name in trained_matrix(config).tasks:
        kind, given = parts.task_kind(config, name), {"name": name, "size": config.image_size}
        tasks[name] = call(kind, task_options(config, facts, name), f"tasks.{name}", **given)
    return tasks


def task_options(config, facts, name):
    """Dict of the arguments of a task; what the config leaves open, by null too, is as the data decided."""
    resolved, options = facts.tasks.get(name, {}), dict(config.tasks.get(name, {}))
    options.pop("type", None)
    return {key: resolved.get(key) if value is None else value for key, value in {**resolved, **options}.items()}


def backbone_options(config):
    """Name and options of a config's backbone."""
    return {"name": "resnet", **config.model.backbone}


def build_network(config, tasks, parts, resolved=None):
    """The network, from the config's seed; `resolved` are the options of its backbone where facts have them."""
    keras.utils.set_random_seed(config.seed)
    options, shape = resolved or backbone_options(config), (*config.image_size, 3)
    given = {"input_shape": shape, "backbones": parts.backbones}
    for key in sorted(options.keys() & {*given, "prefix", "weights"}):
        raise ConfigError(
            f"model.backbone: unknown key `{key}`; weights are named in model.weights, and the size of images in "
            "image_size."
        )
    backbone = build_backbone(**options, **given)
    heads = {name: task.head() for name, task in tasks.items()}
    keep = sorted({level for domain in config.domains for level in taps_of(config, domain).values()})
    normalize = config.model.normalize_taps
    if normalize is None:
        normalize = encoder_of(options)["name"] in UNSCALED
    return MultiHeadModel(backbone, heads, keep, normalize, domains_with_norms(config))


def domains_with_norms(config):
    """Names of the domains that have batch normalisation of their own."""
    return trained_matrix(config).domains if config.model.norm == "per_domain" else ()
