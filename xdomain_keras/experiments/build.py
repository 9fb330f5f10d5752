"""From a config to objects: label matrix, sources, tasks, network, terms, stages."""

import dataclasses
import inspect

from xdomain_keras.data import Augment, Cached, Domain, Mixture, draw_availability, read_availability
from xdomain_keras.data.swapped_objects import SwappedObjects
from xdomain_keras.errors import ConfigError, XDomainError
from xdomain_keras.evaluation.predictor import build_predictor
from xdomain_keras.experiments.checking import Readable
from xdomain_keras.experiments.sources import build_source
from xdomain_keras.label_matrix import LabelMatrix
from xdomain_keras.methods import METHODS
from xdomain_keras.overrides import lay_over
from xdomain_keras.signatures import call, construct, require_known
from xdomain_keras.tasks import TASKS
from xdomain_keras.terms import TERMS
from xdomain_keras.training import BALANCERS, Stage


@dataclasses.dataclass
class Experiment:
    """The objects of one config; data and network are made when first asked for.

    Attributes:
        config: `ExperimentConfig`.
        sources: dict of (domain, split) → `Source`; several experiments may share one.
        matrix: `LabelMatrix` of what is trained.
    """

    config: object
    sources: dict = dataclasses.field(default_factory=dict)

    def __post_init__(self):
        config = self.config
        require_known("method", config.method, METHODS)
        for name, domain in config.domains.items():
            known = {**TASKS, **config.tasks}
            for key, tasks in (("tasks", domain.tasks), ("evaluate", domain.evaluate or ())):
                for task in tasks:
                    require_known("task", task, known, f"domains.{name}.{key}")
        self.matrix = LabelMatrix({name: row.tasks for name, row in config.domains.items() if row.train})
        self._tasks = self._network = self._other_size = None
        self._predictors, self._subnetworks = {}, {}

    def source(self, domain, split):
        """The `Source` of a domain's split; read once, again where an experiment that shares it needs more labels."""
        if (domain, split) not in self.sources:
            require_known("domain", domain, self.config.domains)
            config = self.config.domains[domain]
            require_known("split", split, config.splits, f"domains.{domain}.splits")
            source = build_source(config.source, config.splits[split], f"domains.{domain}.splits.{split}")
            room = self.config.loader.cache_gigabytes * 2**30 / len(self.config.domains)
            self.sources[domain, split] = Cached(source, self.keys_of(domain), room)
        source = self.sources[domain, split]
        if domain in self.config.domains:
            source.need(self.keys_of(domain))
        if self.config.loader.on_bad == "skip" and source.decodes_files and not isinstance(source, Readable):
            source = self.sources[domain, split] = Readable(source)
        return source

    def keys_of(self, domain):
        """The sample keys that the tasks of a domain read."""
        config = self.config.domains[domain]
        kinds = {self.task_kind(name) for name in {*config.tasks, *(config.evaluate or ())}}
        return {key for kind in kinds for key in (*kind.labels, *kind.extra_labels)}

    def task_kind(self, name):
        """The class of a task."""
        kind = self.config.tasks.get(name, {}).get("type", name)
        require_known("type", kind, TASKS, f"tasks.{name}")
        return TASKS[kind]

    def splits(self, domain):
        """Names of a domain's splits."""
        return tuple(self.config.domains[domain].splits)

    def evaluated_tasks(self, domain):
        """Names of the tasks that are measured on a domain."""
        config = self.config.domains[domain]
        wanted = config.tasks if config.evaluate is None else config.evaluate
        return [task for task in wanted if task in self.matrix.tasks]

    def taps(self, domain=None):
        """Dict of task → level that its head reads on a domain instead of its own; empty where none is named."""
        if domain is None:
            return {}
        require_known("domain", domain, self.config.domains)
        taps = self.config.domains[domain].taps
        for task in taps:
            require_known("task", task, self.matrix.tasks, f"domains.{domain}.taps")
        return taps

    @property
    def tasks(self):
        """Dict of task name → `Task`, of the trained tasks."""
        if self._tasks is None:
            self._tasks = {name: self.build_task(name) for name in self.matrix.tasks}
        return self._tasks

    def build_task(self, name):
        options = dict(self.config.tasks.get(name, {}))
        options.pop("type", None)
        kind, given = self.task_kind(name), {"name": name, "size": self.config.image_size}
        if "class_names" in inspect.signature(kind).parameters and "class_names" not in options:
            domain = self.matrix.domains_of(name)[0]
            given["class_names"] = getattr(self.source(domain, self.splits(domain)[0]), kind.names_from)
        return call(kind, options, f"tasks.{name}", **given)

    def class_names(self):
        """Dict of task → its class names, of the tasks that have classes."""
        return {name: list(task.class_names) for name, task in self.tasks.items() if hasattr(task, "class_names")}

    @property
    def network(self):
        """The multi-head network, built once."""
        if self._network is None:
            try:
                self._network = self.build_network()
            except XDomainError:
                raise
            except ValueError as error:  # Keras' own, as of a layer without channels
                reason = " ".join(str(error).split())[:300]
                raise ConfigError(f"model: look at backbone, weights and the heads' options: {reason}") from error
            for domain in self.config.domains:
                for task, level in self.taps(domain).items():
                    self._network.read_from(task, level)  # said now, and not after training
        return self._network

    def build_network(self):
        """The network, from the config's seed."""
        import keras

        from xdomain_keras.models import MultiHeadModel, build_backbone

        keras.utils.set_random_seed(self.config.seed)
        options, weights = {"name": "resnet", **self.config.model.backbone}, self.config.model.weights
        backbone = build_backbone(**options, input_shape=(*self.config.image_size, 3), weights=weights)
        heads = {name: task.head() for name, task in self.tasks.items()}
        keep = sorted({level for domain in self.config.domains for level in self.taps(domain).values()})
        return MultiHeadModel(backbone, heads, keep)

    def subnetwork(self, domain, outputs=(), features=()):
        """`MultiHeadModel.subnetwork`, built once; its heads read what they read on the domain, where one is named."""
        taps = self.taps(domain)
        key = (tuple(outputs), tuple(features), tuple(sorted(taps.items())))
        if key not in self._subnetworks:
            self._subnetworks[key] = self.network.subnetwork(outputs, features, taps)
        return self._subnetworks[key]

    def predictor(self, domain):
        """The predictor of all tasks on a domain, built once; domains whose heads read the same levels share it."""
        taps = self.taps(domain)
        key = tuple(sorted(taps.items()))
        if key not in self._predictors:
            self._predictors[key] = build_predictor(self.network, self.tasks, taps)
        return self._predictors[key]

    def choices(self):
        """Dict of task → what validation chose for it, where it chose anything."""
        chosen = {name: task.choices() for name, task in self.tasks.items()}
        return {name: own for name, own in chosen.items() if own}

    def choose(self, choices):
        """Take up what `choices` returned; predictors are built anew."""
        if choices != self.choices():
            for name, own in choices.items():
                self.tasks[name].choose(own)
            self.forget_predictors()

    def forget_predictors(self):
        """Build predictors anew when they are asked for: what tasks chose is built into them."""
        self._predictors.clear()

    def for_evaluation(self):
        """This experiment, or its twin for images of `evaluation.image_size`, with the same weights."""
        size = self.config.evaluation.image_size
        if size is None or size == self.config.image_size:
            return self
        if self._other_size is None:
            evaluation = self.config.evaluation.model_copy(update={"image_size": None})
            changed = self.config.model_copy(update={"image_size": size, "evaluation": evaluation})
            self._other_size = Experiment(changed, self.sources)
        try:
            self._other_size.network.set_weights(self.network.get_weights())
        except ValueError:
            raise ConfigError(
                f"evaluation.image_size: {list(size)} gives the network other weights than {self.config.image_size}; "
                "leave it out, or take a backbone and heads that fit any size."
            ) from None
        self._other_size.choose(self.choices())
        return self._other_size

    def term_options(self):
        """Dict of term → options: those of the method with the config's laid over them; None removes one."""
        defaults, changes = METHODS[self.config.method]()["terms"], self.config.terms
        kept = [name for name in {**defaults, **changes} if changes.get(name, {}) is not None]
        own = {name: {"type": name, **defaults.get(name, {})} for name in kept}
        return {name: lay_over(own[name], changes.get(name, {}), "type") for name in kept}

    def terms(self):
        """New terms."""
        terms = []
        for name, options in self.term_options().items():
            given = {"name": name}
            kind = TERMS.get(str(options["type"]))
            if kind and "tasks" in inspect.signature(kind).parameters:
                given["tasks"] = self.tasks
            if options["type"] == "supervised":
                given["losses"] = {task: self.tasks[task].loss(self.network) for task in self.matrix.tasks}
                weights = options.get("weights")
                if isinstance(weights, dict) and all(isinstance(key, str) for key in weights):
                    options["weights"] = self.trained_weights(weights, f"terms.{name}.weights")
            terms.append(construct(TERMS, options, f"terms.{name}", key="type", **given))
        if not terms:
            raise ConfigError("terms: nothing is left to train on; keep at least `supervised`.")
        return terms

    def supervised_weights(self):
        """The weights of tasks (or `task@domain`) in the supervised term."""
        supervised = [own for own in self.term_options().values() if own["type"] == "supervised"]
        return (supervised[0].get("weights") if supervised else None) or {}

    def trained_weights(self, weights, place):
        """The weights without those of tasks that exist, but are not trained here."""
        untrained = {*TASKS, *self.config.tasks} - set(self.tasks)
        for key in weights:
            if domain := key.partition("@")[2]:
                require_known("domain", domain, self.config.domains, f"{place}.{key}")
        return {key: value for key, value in weights.items() if key.split("@")[0] not in untrained}

    def balancer(self):
        """A new balancer of the network's tasks, or None where the config names none."""
        options = self.config.balancing
        if not options:
            return None
        kind = BALANCERS.get(str(options.get("name")))
        seed = {"seed": self.config.seed} if kind and "seed" in inspect.signature(kind).parameters else {}
        return construct(BALANCERS, {**seed, **options}, "balancing", num_tasks=len(self.tasks))

    def stages(self):
        optimizer = lay_over(METHODS[self.config.method]()["optimizer"], self.config.optimizer)
        return [
            Stage(**{**stage.model_dump(), "optimizer": lay_over(optimizer, stage.optimizer)})
            for stage in self.config.stages
        ]

    def mixture(self, domains):
        """The training stream over some domains."""
        return Mixture([self.domain(name) for name in domains], self.config.steps_per_epoch)

    def domain(self, name):
        config = self.config.domains[name]
        tasks = {task: self.tasks[task] for task in config.tasks}
        source, augment = self.source(name, "train"), None
        if config.augment:
            named = {"keypoint_names": source.keypoint_names}
            augment = call(Augment, config.augment, f"domains.{name}.augment", **named)
        if config.swap_objects:
            source = SwappedObjects(source, config.swap_objects, self.config.seed)
        given = {"augment": augment, "seed": self.config.seed, "availability": self.availability(name)}
        return Domain(name, source, tasks, self.config.image_size, config.batch_size, **given)

    def hidden_labels(self):
        """Dict of domain → `LabelAvailability`, of the domains whose config hides labels."""
        tables = {name: self.availability(name) for name in self.matrix.domains}
        return {name: table for name, table in tables.items() if table}

    def availability(self, name):
        """The `LabelAvailability` of a domain's training images, or None where nothing is hidden."""
        place, given = f"domains.{name}.labels", self.config.domains[name].labels
        options = {key: value for key, value in given.items() if value is not None}
        if not options:
            return None
        # A network for one task can have the labels that it would have among others.
        tasks = options.pop("tasks", None) or list(self.matrix.tasks_of(name))
        if not isinstance(tasks, list) or not all(isinstance(task, str) for task in tasks):
            raise ConfigError(f"{place}.tasks is {tasks!r}; expected a list of names of tasks.")
        known = {**TASKS, **self.config.tasks}
        for task in tasks:
            require_known("task", task, known, f"{place}.tasks")
        source = self.source(name, "train")
        given = {"ids": source.ids, "tasks": tasks}
        if "file" in options:
            if drawn := options.keys() & {"regime", "ratios", "seed"}:
                raise ConfigError(f"{place}: `file` says who is labelled; set `{min(drawn)}` to null beside it.")
            return call(read_availability, options, place, domain=name, **given)
        wanted = {task: set(self.task_kind(task).labels) for task in tasks}
        existing = {
            image: {task for task, keys in wanted.items() if keys <= source.label_keys(index)}
            for index, image in enumerate(source.ids)
        }
        return call(draw_availability, {"seed": self.config.seed, **options}, place, existing=existing, **given)
