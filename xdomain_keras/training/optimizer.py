"""Optimizers from plain options."""

from typing import Literal

import keras

from xdomain_keras.errors import ConfigError
from xdomain_keras.signatures import check_choices
from xdomain_keras.training.tuned_optimizer import tuned


def build_optimizer(
    total_steps,
    name: Literal["sgd", "adam", "adamw", "rmsprop"] = "adam",
    learning_rate: float = 1e-3,
    momentum: float = 0.9,
    weight_decay: float | None = None,
    schedule: Literal["constant", "cosine", "polynomial", "staircase"] = "constant",
    warmup: float = 0.0,
    clip_norm: float | None = None,
    halvings: int = 0,
    decay: Literal["decoupled", "coupled"] = "decoupled",
    factors: dict[str, float] | None = None,
    accumulate: int = 1,
    factor_of=None,
):
    """Make an optimizer with its learning rate schedule.

    Biases, scales and shifts, and the kernel of MMD are spared from weight decay.

    Args:
        total_steps: length of the schedule, in steps of training.
        name: of the optimizer.
        learning_rate: at its highest.
        momentum: of SGD and RMSprop.
        weight_decay: λ; None for none.
        schedule: constant, cosine to 0, polynomial (power .9) to 0, or a staircase of halvings.
        warmup: part of the steps over which the learning rate rises from 0, in [0, 1]; 0 for `polynomial` and
            `staircase`.
        clip_norm: largest norm of the whole gradient.
        halvings: of a `staircase`: into so many stretches of equal learning rate the steps are divided, each with half
            the rate of the one before.
        decay: `decoupled`, `w - η λ w` beside the step (Loshchilov & Hutter 2019), or `coupled`, `g + λ w` before
            momentum and moments see the gradient, as torch's SGD and Adam have it.
        factors: dict of part (see `MultiHeadModel.part`) or term → factor of its learning rate; of parts that lie in
            one another the longer name counts.
        accumulate: number of training steps whose mean gradient makes one step of the optimizer.
        factor_of: callable, variable → its factor, made from `factors` by who knows the network.

    Returns:
        `keras.optimizers.Optimizer`.

    Raises:
        ConfigError: a number out of its range, or options that do not fit the schedule.

    Example:

    >>> type(build_optimizer(100, name="sgd", learning_rate=0.01)).__name__
    'SGD'
    """
    check_choices(build_optimizer, name=name, schedule=schedule, decay=decay)
    if not learning_rate > 0:
        raise ConfigError(f"learning_rate is {learning_rate}; expected a number above 0.")
    if not 0 <= momentum < 1:
        raise ConfigError(f"momentum is {momentum}; expected a number in [0, 1).")
    if (weight_decay or 0) < 0 or (clip_norm is not None and not clip_norm > 0):
        raise ConfigError(
            f"weight_decay is {weight_decay}, clip_norm {clip_norm}; expected one from 0 up and one above 0, or null."
        )
    if accumulate < 1:
        raise ConfigError(f"accumulate is {accumulate}; expected the number of steps, 1 for no accumulation.")
    for part, factor in (factors or {}).items():
        if not factor > 0:
            raise ConfigError(f"factors.{part} is {factor}; expected a number above 0: to hold a part, freeze it.")
    if not 0 <= warmup <= 1:
        raise ConfigError(f"warmup is {warmup}; expected the part of the steps that it lasts, in [0, 1].")
    if warmup and schedule in ("polynomial", "staircase"):
        raise ConfigError(f"warmup is {warmup}; the {schedule} schedule has none: take cosine or constant, or drop it.")
    if (halvings > 0) != (schedule == "staircase"):
        raise ConfigError(f"halvings is {halvings}; expected 1 or more with schedule: staircase, and else none.")
    rate = build_schedule(max(1, total_steps // accumulate), learning_rate, schedule, warmup, halvings)
    if accumulate > 1 and callable(rate):
        rate = EveryFew(rate, accumulate)
    classes = {"sgd": "SGD", "adam": "Adam", "adamw": "AdamW", "rmsprop": "RMSprop"}
    extra = {"momentum": momentum} if name in ("sgd", "rmsprop") else {}
    kind, coupled = getattr(keras.optimizers, classes[name]), decay == "coupled" and weight_decay
    if coupled or factors:
        kind = tuned(keras.optimizers.Adam if name == "adamw" else kind)
        extra |= {"factor_of": factor_of} if factor_of else {}
    if coupled:
        extra |= {"coupled_decay": weight_decay}
    elif name == "adamw":
        weight_decay = weight_decay or 0.0  # it takes no None
    optimizer = kind(
        learning_rate=rate,
        weight_decay=None if coupled else weight_decay,
        global_clipnorm=clip_norm,
        gradient_accumulation_steps=accumulate if accumulate > 1 else None,
        **extra,
    )
    if weight_decay:
        optimizer.exclude_from_weight_decay(
            var_names=["bias", "gamma", "beta", "scale", "shift", "projection", "constant", "log_variance"]
        )
    return optimizer


class EveryFew(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule over the optimizer's steps, where Keras counts those of training: one of `count` is one of them."""

    def __init__(self, schedule, count):
        self.schedule, self.count = schedule, count

    def __call__(self, step):
        return self.schedule(keras.ops.floor_divide(step, self.count))

    def get_config(self):
        return {"schedule": keras.saving.serialize_keras_object(self.schedule), "count": self.count}


def build_schedule(total_steps, learning_rate=1.0, schedule="constant", warmup=0.0, halvings=0):
    """The learning rate over the steps of a stage: a number, or a `LearningRateSchedule`.

    Arguments are those of `build_optimizer`.

    Example:

    >>> schedule = build_schedule(100, schedule="staircase", halvings=2)
    >>> float(schedule(0)), float(schedule(50))
    (1.0, 0.5)
    """
    warmup_steps = round(warmup * total_steps)
    if schedule == "polynomial":
        return keras.optimizers.schedules.PolynomialDecay(learning_rate, total_steps, 0.0, power=0.9)
    if schedule == "staircase":
        stretch = max(1, round(total_steps / halvings))
        return keras.optimizers.schedules.ExponentialDecay(learning_rate, stretch, 0.5, staircase=True)
    if schedule == "constant" and not warmup_steps:
        return learning_rate
    return keras.optimizers.schedules.CosineDecay(
        0.0 if warmup_steps else learning_rate,
        max(1, total_steps - warmup_steps),
        alpha=0.0 if schedule == "cosine" else 1.0,  # the part of it that is left at the end
        warmup_target=learning_rate if warmup_steps else None,
        warmup_steps=warmup_steps,
    )


def factor_lookup(factors, network, terms=()):
    """The learning-rate factor of every variable.

    Args:
        factors: as of `build_optimizer`.
        network: `MultiHeadModel`.
        terms: list of `Term`.

    Returns:
        callable, variable → float; 1 of those that no part names.

    Raises:
        ConfigError: there is no such part or term.

    Example:

    >>> factor_lookup({}, None)(keras.Variable(0.0))
    1.0
    """
    own, named = {}, {term.name: term.variables for term in terms}
    for part in sorted(factors or {}, key=len):
        layers = () if part in named else network.part(part)
        variables = named.get(part) or [variable for layer in layers for variable in layer.variables]
        own |= {id(variable): factors[part] for variable in variables}
    return lambda variable: own.get(id(variable), 1.0)
