"""Resolving facts: what the data decide, read once from the labels of training."""

import functools

import numpy as np

from xdomain_keras.errors import ConfigError
from xdomain_keras.experiments.cells import trained_matrix
from xdomain_keras.experiments.classes import resolve_classes
from xdomain_keras.experiments.facts import Facts
from xdomain_keras.experiments.model import backbone_options
from xdomain_keras.models.hub import resolve_backbone

FITTED = 1000  # images of a domain, at most, that a baseline is fitted to


def resolve(config, data, parts, read_labels=True):
    """Read from the data what the config leaves open.

    Args:
        config: `ExperimentConfig`.
        data: `Data`.
        parts: `Parts`.
        read_labels: False for a network that nobody trains: data are then opened for names alone.

    Returns:
        `Facts`, without baselines.

    Raises:
        ConfigError: an option does not fit the data.
        DataError: a source that is needed cannot be opened.
    """
    tasks, cells, matrix = {}, {}, trained_matrix(config)
    for name in matrix.tasks:
        kind, options = parts.task_kind(config, name), dict(config.tasks.get(name, {}))
        options.pop("type", None)
        try:
            if "class_sets" in options:
                raise ConfigError("class_sets is found in the data; a value's classes stand in domains.….classes.")
            classes, fixed = None, kind.fixed_names(options) if kind.is_named() else None
            if kind.is_named() and (read_labels or fixed is None):
                classes = resolve_classes(config, data, name, fixed, read_labels, kind.background_name(options))
                cells |= {str(cell): own for cell, own in classes.cells.items()}
            labels = functools.partial(labels_of, config, data, name) if read_labels else tuple
            tasks[name] = kind.resolve(options, classes, labels)
        except ConfigError as error:
            if str(error).startswith("domains."):  # of a source that had to be opened
                raise
            raise ConfigError(f"tasks.{name}: {error}") from None
    backbone = resolve_backbone(backbone_options(config))
    return Facts(tasks, cells, parts=list(parts.files), backbone=backbone)


def labels_of(config, data, task):
    """Yield (place, labels) of the images on which a task is trained or validated, as far as files hold them."""
    for domain in trained_matrix(config).domains_of(task):
        for split in ("train", "validation"):
            source = data.source(domain, split) if split in config.domains[domain].splits else ()
            for index in range(len(source) if source and source.decodes_files else 0):
                yield f"{domain}/{split} {source.ids[index]}", source.read_labels(index)


def fit_baselines(config, data, model):
    """Fit the baseline of every task to what training may see of the labels.

    Args:
        config: `ExperimentConfig`.
        data: `Data`.
        model: `Model`.

    Returns:
        dict of task → {"name", "values"}; without those that have no baseline or no label.
    """
    baselines = {name: task.baseline() for name, task in model.tasks.items()}
    baselines = {name: baseline for name, baseline in baselines.items() if baseline is not None}
    matrix = trained_matrix(config)
    for domain in matrix.domains:
        own = [name for name in matrix.tasks_of(domain) if name in baselines]
        availability, count = data.availability(domain), data.count(domain, "train")
        tasks = model.tasks_on(data, domain, "train")
        rows = np.unique(np.linspace(0, count - 1, min(count, FITTED)).round().astype(int))
        for sample in data.samples(domain, "train", rows) if own else ():
            for name in own:
                if tasks[name].has_labels(sample) and (availability is None or availability.has(sample["id"], name)):
                    baselines[name].add(tasks[name].read(sample))
    fitted = {name: {"name": baseline.name, "values": baseline.values()} for name, baseline in baselines.items()}
    return {name: own for name, own in fitted.items() if own["values"] is not None}
