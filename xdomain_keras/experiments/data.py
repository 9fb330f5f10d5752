"""The data of a config: its sources, and the streams that training draws from them."""

import numpy as np

from xdomain_keras.data import (
    Augment,
    Cached,
    DataFault,
    Domain,
    Mixture,
    Readable,
    SwappedObjects,
    Unannotated,
    draw_availability,
    read_availability,
    repeat_factors,
    split_batch,
)
from xdomain_keras.errors import ConfigError
from xdomain_keras.experiments.cells import named_tasks, trained_matrix
from xdomain_keras.experiments.sources import build_source, names_for, split_annotates
from xdomain_keras.signatures import call, require_known

BATCH_SIZE = 8  # images of a domain in a step, where the config does not say it


class Data:
    """The sources of a config, opened when they are first asked for.

    Args:
        config: `ExperimentConfig`.
        parts: `Parts`.
        sources: dict of (domain, split) → `Source`; experiments over the same data share one, so that it is read once.
    """

    def __init__(self, config, parts, sources=None):
        self.config, self.parts, self.sources = config, parts, {} if sources is None else sources

    def source(self, domain, split):
        """The `Source` of a domain's split; read once, again where an experiment that shares it needs more labels."""
        require_known("domain", domain, self.config.domains)
        config, loader = self.config.domains[domain], self.config.loader
        require_known("split", split, config.splits, f"domains.{domain}.splits")
        kinds = {kind for task in named_tasks(self.config, domain) for kind in self.task_kind(task).kinds()}
        if (domain, split) not in self.sources:
            place = f"domains.{domain}.splits.{split}"
            source = build_source(config.source, split_annotates(config.splits[split], place)[1], place, self.parts)
            if split == "train" and (hidden := config.labels.get("hide")):
                source = self.hide(source, hidden, f"domains.{domain}.labels.hide")
            room = loader.cache_gigabytes * 2**30 / len(self.config.domains)
            self.sources[domain, split] = Cached(source, kinds, room)
        source = self.sources[domain, split]
        source.need(kinds)
        if loader.on_bad == "skip" and source.decodes_files and not isinstance(source, Readable):
            source = self.sources[domain, split] = Readable(source)
        return source

    def hide(self, source, hidden, place):
        """A source without the labels of some classes, by task."""
        sound = isinstance(hidden, dict) and all(isinstance(own, list) for own in hidden.values())
        if not sound:
            raise ConfigError(f"{place} is {hidden!r:.80}; expected a mapping of tasks to lists of class names.")
        names = {}
        for task, own in hidden.items():
            require_known("task", task, {**self.parts.tasks, **self.config.tasks}, place)
            kinds = [kind for kind in self.task_kind(task).kinds() if kind in source.names]
            names |= {kind: [*names.get(kind, ()), *own] for kind in kinds or self.task_kind(task).kinds()[:1]}
        return call(Unannotated, {}, place, source=source, names=names)

    def task_kind(self, name):
        """The class of a task."""
        return self.parts.task_kind(self.config, name)

    def samples(self, domain, split, rows=None):
        """Yield the samples of a split as stored: all, or those of some row numbers."""
        source = self.source(domain, split)
        for row in range(len(source)) if rows is None else rows:
            yield source[int(row)]

    def count(self, domain, split):
        """Number of images of a split."""
        return len(self.source(domain, split))

    def names(self, domain, split, task):
        """The names in a split's labels that a task's classes or rows are, a tuple; empty where there are none.

        Args:
            domain, split: str.
            task: `Task`, or its class.
        """
        return names_for(task, self.source(domain, split))

    def labels(self, domain, split):
        """Yield the labels of a split's images under sample keys; images with a fault are passed over."""
        source = self.source(domain, split)
        for index in range(len(source)):
            try:
                yield source.read_labels(index)
            except DataFault:
                continue

    def kinds(self, domain, split):
        """Dict of kind → `Label`, of the labels that a split carries."""
        return self.source(domain, split).labels

    def mixture(self, tasks):
        """The training stream over some domains, for a dict of domain → dict of task name → `Task`."""
        domains, mixture = [self.domain(name, own) for name, own in tasks.items()], self.config.mixture
        if mixture.batch_size:
            counts = {domain.name: len(domain.rows) for domain in domains}
            sizes = split_batch(mixture.batch_size, counts, mixture.temperature or 1.0, mixture.weights)
            for domain in domains:
                domain.batch_size = sizes[domain.name]
        return Mixture(domains, self.config.steps_per_epoch)

    def domain(self, name, tasks):
        """The training stream of one domain."""
        config, source, augment = self.config.domains[name], self.source(name, "train"), None
        if config.augment:
            known = {"kinds": source.labels, "names": source.names}
            augment = call(Augment, config.augment, f"domains.{name}.augment", **known)
        if config.swap_objects:
            source = SwappedObjects(source, config.swap_objects, self.config.seed)
        own = {task: tasks[task] for task in config.tasks}
        given = {"augment": augment, "seed": self.config.seed, "availability": self.availability(name)}
        given["factors"] = self.factors(name, source, tasks)
        return Domain(name, source, own, self.config.image_size, config.batch_size or BATCH_SIZE, **given)

    def factors(self, name, source, tasks):
        """How often each training image of a domain is shown in a pass, or None where it is once.

        Args:
            name: of the domain.
            source: its training images.
            tasks: dict of task name → `Task` or `TaskOnCell`, by whose classes is counted.
        """
        wanted = self.config.domains[name].oversample
        if not wanted:
            return None
        factors = np.ones(len(source))
        for task, threshold in wanted.items():
            require_known("task", task, named_tasks(self.config, name), f"domains.{name}.oversample")
            kinds = [kind for each in self.task_kind(task).alternatives() for kind in each if kind.name in source.names]
            if not kinds:
                raise ConfigError(f"domains.{name}.oversample: labels of `{task}` have no classes; leave it out.")
            number, present = len(tasks[task].class_names), []
            for index in range(len(source)):
                labels = source.read_labels(index)
                known = kinds[0].present(labels)
                own = kinds[0].take(tasks[task].read(labels)) if known else {}
                present.append(kinds[0].count(own, number) > 0 if known else np.zeros(number, bool))
            factors = np.maximum(factors, repeat_factors(np.array(present), threshold))
        return factors

    def hidden_labels(self):
        """Dict of domain → `LabelAvailability`, of the domains whose config hides labels."""
        tables = {name: self.availability(name) for name in trained_matrix(self.config).domains}
        return {name: table for name, table in tables.items() if table}

    def availability(self, name):
        """The `LabelAvailability` of a domain's training images, or None where nothing is hidden."""
        place, given = f"domains.{name}.labels", self.config.domains[name].labels
        options = {key: value for key, value in given.items() if value is not None and key != "hide"}
        if not options:
            return None
        # A network for one task can have the labels that it would have among others.
        tasks = options.pop("tasks", None) or list(self.config.domains[name].tasks)
        if not isinstance(tasks, list) or not all(isinstance(task, str) for task in tasks):
            raise ConfigError(f"{place}.tasks is {tasks!r}; expected a list of names of tasks.")
        known = {**self.parts.tasks, **self.config.tasks}
        for task in tasks:
            require_known("task", task, known, f"{place}.tasks")
        source = self.source(name, "train")
        given = {"ids": source.ids, "tasks": tasks}
        if "file" in options:
            if drawn := options.keys() & {"regime", "ratios", "seed"}:
                raise ConfigError(f"{place}: `file` says who is labelled; set `{min(drawn)}` to null beside it.")
            return call(read_availability, options, place, domain=name, **given)
        kinds = {task: self.task_kind(task) for task in tasks}
        existing = {
            image: {task for task, kind in kinds.items() if kind.is_served_by(source.labels_of(index))}
            for index, image in enumerate(source.ids)
        }
        return call(draw_availability, {"seed": self.config.seed, **options}, place, existing=existing, **given)
