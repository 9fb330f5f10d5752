"""Optimizers from plain options."""

from typing import Literal

import keras

from xdomain_keras.errors import ConfigError
from xdomain_keras.signatures import check_choices


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
):
    """Make an optimizer with its learning rate schedule.

    Weight decay is Keras' decoupled one (Loshchilov & Hutter 2019); biases, scales and shifts, and
    the kernel of MMD are spared. It is not torch's L2, whose strength follows the gradient's scale.

    Args:
        total_steps: length of the schedule.
        name: of the optimizer.
        learning_rate: at its highest.
        momentum: of SGD and RMSprop.
        weight_decay: a step, times the learning rate; None for none.
        schedule: constant, cosine to 0, polynomial (power .9) to 0, or a staircase of halvings.
        warmup: part of the steps over which the learning rate rises from 0, in [0, 1]; 0 for `polynomial` and
            `staircase`.
        clip_norm: largest norm of the whole gradient.
        halvings: of a `staircase`: into so many stretches of equal learning rate the steps are divided, each with half
            the rate of the one before.

    Returns:
        `keras.optimizers.Optimizer`.

    Raises:
        ConfigError: a number out of its range, or options that do not fit the schedule.

    Example:

    >>> type(build_optimizer(100, name="sgd", learning_rate=0.01)).__name__
    'SGD'
    """
    check_choices(build_optimizer, name=name, schedule=schedule)
    if not learning_rate > 0:
        raise ConfigError(f"learning_rate is {learning_rate}; expected a number above 0.")
    if not 0 <= momentum < 1:
        raise ConfigError(f"momentum is {momentum}; expected a number in [0, 1).")
    if (weight_decay or 0) < 0 or (clip_norm is not None and not clip_norm > 0):
        raise ConfigError(
            f"weight_decay is {weight_decay}, clip_norm {clip_norm}; expected one from 0 up and one above 0, or null."
        )
    if not 0 <= warmup <= 1:
        raise ConfigError(f"warmup is {warmup}; expected the part of the steps that it lasts, in [0, 1].")
    if warmup and schedule in ("polynomial", "staircase"):
        raise ConfigError(f"warmup is {warmup}; the {schedule} schedule has none: take cosine or constant, or drop it.")
    if (halvings > 0) != (schedule == "staircase"):
        raise ConfigError(f"halvings is {halvings}; expected 1 or more with schedule: staircase, and else none.")
    rate = build_schedule(total_steps, learning_rate, schedule, warmup, halvings)
    classes = {"sgd": "SGD", "adam": "Adam", "adamw": "AdamW", "rmsprop": "RMSprop"}
    extra = {"momentum": momentum} if name in ("sgd", "rmsprop") else {}
    if name == "adamw":
        weight_decay = weight_decay or 0.0  # it takes no None
    optimizer = getattr(keras.optimizers, classes[name])(
        learning_rate=rate, weight_decay=weight_decay, global_clipnorm=clip_norm, **extra
    )
    if weight_decay:
        optimizer.exclude_from_weight_decay(
            var_names=["bias", "gamma", "beta", "scale", "shift", "projection", "constant", "log_variance"]
        )
    return optimizer


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
