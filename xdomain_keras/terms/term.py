"""The term: every scalar added to the loss, with a name, a weight and the cells it needs."""

import dataclasses
import math

import keras

from xdomain_keras.errors import ConfigError
from xdomain_keras.signatures import require_known


@dataclasses.dataclass
class Step:
    """What one training step knows; terms read it; only a method that says so runs the network again.

    Attributes:
        images: dict of domain → float `[B, H, W, 3]`.
        targets: dict of domain → task → target `[B, …]`.
        weights: dict of domain → task → `[B]`, 0 where the image has no label.
        outputs: dict of domain → task → the head's tensor.
        features: dict of domain → name → feature tensor.
        training: whether the loss is for training.
        forward: callable (domain, images) → `{"outputs", "features"}`, a second run of the network for terms whose
            method asks for one.

    Example:

    >>> outputs = {"road": {"depth": ops.zeros((2, 4, 4, 1))}}
    >>> step = Step({}, {}, {"road": {"depth": np.array([1.0, 0.0])}}, outputs, features={})
    >>> list(step.outputs["road"]), step.training
    (['depth'], True)
    """

    images: dict
    targets: dict
    weights: dict
    outputs: dict
    features: dict
    training: bool = True
    forward: object = None


@dataclasses.dataclass(frozen=True)
class Setting:
    """All that a term may know before training.

    Attributes:
        matrix: `LabelMatrix` of the domains that are trained together.
        tasks: dict of task name → `Task`.
        features: dict of feature name → shape without the batch, `(h, w, D)` of a level and `(D,)` of a vector.

    Example:

    >>> from xdomain_keras import LabelMatrix
    >>> Setting(LabelMatrix({"road": ["depth"]}), {}, {"pooled": (64,)}).features["pooled"]
    (64,)
    """

    matrix: object
    tasks: dict = dataclasses.field(default_factory=dict)
    features: dict = dataclasses.field(default_factory=dict)

    @property
    def map_tasks(self):
        """Dict of task name → `Task`, of those whose predictions are maps that others can be compared with."""
        return {name: task for name, task in self.tasks.items() if task.map_channels}


@dataclasses.dataclass(frozen=True)
class Needs:
    """What a term reads of one domain's forward pass.

    Attributes:
        outputs: frozenset of task names.
        features: frozenset of feature names.
        maps: frozenset of names of features that must be maps, `[B, h, w, D]`.

    Example:

    >>> Needs(outputs=frozenset(["depth"])) | Needs(features=frozenset(["pooled"]))
    Needs(outputs=frozenset({'depth'}), features=frozenset({'pooled'}), maps=frozenset())
    """

    outputs: frozenset = frozenset()
    features: frozenset = frozenset()
    maps: frozenset = frozenset()

    def __or__(self, other):
        return Needs(self.outputs | other.outputs, self.features | other.features, self.maps | other.maps)


def check_needs(term, setting):
    """Raise a `ConfigError` where a term reads what the setting does not have.

    Args:
        term: `Term`.
        setting: `Setting`.

    Example:

    >>> from xdomain_keras import LabelMatrix
    >>> from xdomain_keras.terms import FeatureMatching
    >>> check_needs(FeatureMatching("c2", "c9"), Setting(LabelMatrix({"road": []}), {}, {"c2": (8, 8, 4)}))
    Traceback (most recent call last):
    xdomain_keras.errors.ConfigError: terms.feature_matching: unknown feature `c9`; known are c2.
    """
    for need in term.needs(setting).values():
        for task in need.outputs:
            require_known("task", task, setting.tasks, f"terms.{term.name}")
        for feature in sorted(need.features | need.maps):
            require_known("feature", feature, setting.features, f"terms.{term.name}")
        for feature in need.maps:
            if len(setting.features[feature]) != 3:
                raise ConfigError(
                    f"terms.{term.name}: the feature `{feature}` is not a map; take a level, such as `c5`."
                )
    term.check(setting)


def require_domains(term, matrix):
    """Raise a `ConfigError` where a term that compares domains has only one."""
    if len(matrix.domains) < 2:
        raise ConfigError(
            f"`{term.name}` needs features of 2 domains; got {len(matrix.domains)} (`{matrix.domains[0]}`). "
            "Add a domain to the label matrix or drop the term."
        )


def check_weight(weight, place):
    """Raise a `ConfigError` unless a weight is a number from 0 up: below it a loss would be unlearnt."""
    if not 0 <= weight < math.inf:
        raise ConfigError(f"{place} is {weight}; expected a number from 0 up.")


class Term(keras.layers.Layer):
    """Base of the terms. It is a layer, so that what it learns is trained, saved and restored.

    A term is made of options alone. What it reads is declared by `needs`, what it demands beyond that checked by
    `check`, and what it learns made by `prepare`, all from the same `Setting`.

    Args:
        name: of the term; logs read `name/cell`.
        weight: float from 0 up, or a `keras.optimizers.schedules.LearningRateSchedule` over training steps.

    Attributes:
        by_task: whether the cells are `Cell`s, and a balancer weighs them task by task.
        reads_images: whether `compute` may read `step.images`, or run the network again; where no term does, features
            of what is frozen are computed once.
        start: part of a stage's steps before which the term is 0 by its method, in [0, 1).
        idle_note: why nothing may have counted in an epoch, for the person who trains.

    Raises:
        ConfigError: the weight is below 0, or no number.

    Example:

    >>> class Small(Term):
    ...     def needs(self, setting):
    ...         return {domain: Needs(features=frozenset(["pooled"])) for domain in setting.matrix.domains}
    ...
    ...     def cells(self, setting):
    ...         return list(setting.matrix.domains)
    ...
    ...     def compute(self, step):
    ...         return {domain: (ops.mean(ops.square(x["pooled"])), 1.0) for domain, x in step.features.items()}
    >>> step = Step({}, {}, {}, {}, features={"road": {"pooled": ops.full((2, 4), 3.0)}})
    >>> float(Small("small", weight=0.1).compute(step)["road"][0])
    9.0
    """

    by_task = False
    reads_images = True
    start = 0.0
    idle_note = (
        "no image has the labels, or the lack of labels, that it works on. Drop the term, or look at the domain's "
        "`labels`."
    )

    def __init__(self, name, weight=1.0):
        super().__init__(name=name)
        if not callable(weight):
            check_weight(weight, f"terms.{name}.weight")
        self.weight = weight

    def needs(self, setting):
        """Dict of domain → `Needs`; raises `ConfigError` where the label matrix cannot serve the term."""
        raise NotImplementedError

    def cells(self, setting):
        """The cells whose values `compute` returns, known before training: `Cell`s, or names of domains."""
        raise NotImplementedError

    def check(self, setting):
        """Raise a `ConfigError` where options do not fit the setting; what `needs` declares is there already."""

    def prepare(self, network, setting):
        """Make the variables; called once, before training (lazily made ones train nothing on JAX)."""
        self.built = True

    def begin_stage(self, schedule, total_steps):
        """Called before each stage that sums the term: terms with an optimizer of their own start it anew.

        Args:
            schedule: the part of the learning rate over the stage's steps, a number or a `LearningRateSchedule`.
            total_steps: of the stage.
        """

    def compute(self, step):
        """Dict of cell → (scalar, count); count is the number of labels behind the scalar."""
        raise NotImplementedError

    @property
    def learned_variables(self):
        """List of the variables that the term learns, by the network's optimizer or by itself."""
        return self.trainable_variables

    def notes(self, logs):
        """What a person should know of an epoch: a list of sentences, empty as a rule.

        Args:
            logs: dict of the epoch's log, `name/…` among it.
        """
        return []
