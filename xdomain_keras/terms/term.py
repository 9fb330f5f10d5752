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
class Needs:
    """What a term reads of one domain's forward pass.

    Attributes:
        outputs: frozenset of task names.
        features: frozenset of feature names.

    Example:

    >>> Needs(outputs=frozenset(["depth"])) | Needs(features=frozenset(["pooled"]))
    Needs(outputs=frozenset({'depth'}), features=frozenset({'pooled'}))
    """

    outputs: frozenset = frozenset()
    features: frozenset = frozenset()

    def __or__(self, other):
        return Needs(self.outputs | other.outputs, self.features | other.features)


def needs_of_domains(name, feature, matrix):
    """Needs of a term that compares one feature between domains; `ConfigError` where there is but one."""
    if len(matrix.domains) < 2:
        raise ConfigError(
            f"`{name}` needs features of 2 domains; got {len(matrix.domains)} (`{matrix.domains[0]}`). "
            "Add a domain to the label matrix or drop the term."
        )
    return {domain: Needs(features=frozenset([feature])) for domain in matrix.domains}


def map_shape(name, feature, network):
    """(height, width, channels) of a feature; `ConfigError` where the network has none, or where it is no map."""
    require_known("feature", feature, network.features, f"terms.{name}")
    shape = tuple(network.features[feature].shape[1:])
    if len(shape) != 3:
        raise ConfigError(f"`{name}`: the feature `{feature}` is no map; take a level, such as `c5`.")
    return shape


def check_weight(weight, place):
    """Raise a `ConfigError` unless a weight is a number from 0 up: below it a loss would be unlearnt."""
    if not 0 <= weight < math.inf:
        raise ConfigError(f"{place} is {weight}; expected a number from 0 up.")


class Term(keras.layers.Layer):
    """Base of the terms. It is a layer, so that what it learns is trained, saved and restored.

    Args:
        name: of the term; logs read `name/cell`.
        weight: float from 0 up, or a `keras.optimizers.schedules.LearningRateSchedule` over training steps.

    Attributes:
        by_task: whether the cells are `task@domain`, and a balancer weighs them task by task.

    Raises:
        ConfigError: the weight is below 0, or no number.

    Example:

    >>> class Small(Term):
    ...     def needs(self, matrix):
    ...         return {domain: Needs(features=frozenset(["pooled"])) for domain in matrix.domains}
    ...
    ...     def cells(self, matrix):
    ...         return list(matrix.domains)
    ...
    ...     def compute(self, step):
    ...         return {domain: (ops.mean(ops.square(x["pooled"])), 1.0) for domain, x in step.features.items()}
    >>> step = Step({}, {}, {}, {}, features={"road": {"pooled": ops.full((2, 4), 3.0)}})
    >>> float(Small("small", weight=0.1).compute(step)["road"][0])
    9.0
    """

    by_task = False

    def __init__(self, name, weight=1.0):
        super().__init__(name=name)
        if not callable(weight):
            check_weight(weight, f"terms.{name}.weight")
        self.weight = weight

    def needs(self, matrix):
        """Dict of domain → `Needs`; raises `ConfigError` where the label matrix cannot serve the term."""
        raise NotImplementedError

    def cells(self, matrix):
        """Names of the values that `compute` returns, known before training."""
        raise NotImplementedError

    def prepare(self, network, matrix):
        """Make the variables; called once, before training (lazily made ones train nothing on JAX)."""
        self.built = True

    def begin_stage(self, schedule):
        """Called before each stage that sums the term: terms with an optimizer of their own start it anew.

        Args:
            schedule: the part of the learning rate over the stage's steps, a number or a `LearningRateSchedule`.
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
