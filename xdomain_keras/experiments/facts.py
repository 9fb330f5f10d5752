"""Facts: what the data decide, resolved once into plain values that a run keeps."""

import dataclasses
import functools
import json

import numpy as np

from xdomain_keras.errors import ConfigError, DataError
from xdomain_keras.experiments.cells import trained_matrix
from xdomain_keras.experiments.classes import resolve_classes

FITTED = 1000  # images of a domain, at most, that a baseline is fitted to


@dataclasses.dataclass(frozen=True)
class Facts:
    """All that network, plan, evaluation, prediction, report and export need to know of the data.

    Attributes:
        tasks: dict of task → arguments that the data decided, as names of classes.
        classes: dict of cell, as text → what the values of its labels mean, as in `TaskClasses.cells`.
        baselines: dict of task → values of its baseline, see `data.baselines`.
        backend: of Keras, on which the run was trained.
        versions: dict of package → version.
        parts: list of {"file", "sha256"}: files with parts from outside that the run was made with.
    """

    tasks: dict
    classes: dict = dataclasses.field(default_factory=dict)
    baselines: dict = dataclasses.field(default_factory=dict)
    backend: str | None = None
    versions: dict = dataclasses.field(default_factory=dict)
    parts: list = dataclasses.field(default_factory=list)

    def as_json(self):
        """The facts as a text; `parse_facts` reads it."""
        return json.dumps(dataclasses.asdict(self), indent=2) + "\n"


def parse_facts(text, place):
    """The `Facts` in a text.

    Raises:
        DataError: it is not what `Facts.as_json` wrote.
    """
    try:
        facts = Facts(**json.loads(text))
        tables = (
            facts.tasks,
            *facts.tasks.values(),
            facts.classes,
            *facts.classes.values(),
            *(own["values"] for own in facts.baselines.values()),
        )
        named = [facts.versions.items(), *((own["file"], own["sha256"]) for own in facts.parts)]
        if not named or not all(isinstance(own, dict) for own in tables):
            raise TypeError("not a table of tasks")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        reason = str(error).partition("\n")[0][:120]
        raise DataError(f"{place}: is damaged ({reason}); restore it, or train the run anew.") from None
    return facts


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
    return Facts(tasks, cells, parts=list(parts.files))


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
