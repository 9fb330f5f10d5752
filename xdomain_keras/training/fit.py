"""Training: the stages of a method, one `fit` each."""

import types

import keras

from xdomain_keras.errors import ConfigError
from xdomain_keras.label_matrix import Cell
from xdomain_keras.models import MovingAverage
from xdomain_keras.models.domain_norms import average_norms
from xdomain_keras.signatures import call
from xdomain_keras.terms.term import check_needs
from xdomain_keras.training.balanced_trainer import BalancedTrainer
from xdomain_keras.training.callbacks import EndBalancerEpoch, KeepGenerator, StopWhenDiverged
from xdomain_keras.training.checkpoint import load_checkpoint, peek_position
from xdomain_keras.training.frozen_features import cache_features
from xdomain_keras.training.optimizer import build_optimizer, build_schedule, factor_lookup
from xdomain_keras.training.task_cosines import LogTaskCosines
from xdomain_keras.training.trainer import Trainer, setting_of


def fit_stages(
    network,
    matrix,
    terms,
    stages,
    tasks,
    mixture_of,
    *,
    loader="auto",
    callbacks=None,
    checkpoint=None,
    workers=1,
    forward="joint",
    balancer=None,
    average=None,
    cosines=False,
    cache_bytes=0,
):
    """Train a network through its stages.

    Args:
        network: `MultiHeadModel`.
        matrix: `LabelMatrix` of all domains.
        terms: list of `Term`.
        stages: list of `Stage`.
        tasks: dict of task name → `Task`.
        mixture_of: callable, tuple of domain names → `Mixture`.
        loader: `"tf_data"`, `"py_dataset"` or `"auto"`.
        callbacks: callable (stage index, stage, trainer) → list of Keras callbacks.
        checkpoint: path to resume from, or None.
        workers: threads of the `PyDataset` loader.
        forward: `"joint"` or `"separate"`, see `Trainer`.
        balancer: `Balancer` that all stages share, or None for the plain sum of the losses.
        average: decay of a moving average of the weights of each stage (`MovingAverage`), which the network has in the
            end; None for none.
        cache_bytes: room for features of what a stage freezes, see `cache_features`.
        cosines: whether the cosines between the tasks' gradients are logged (`LogTaskCosines`).

    Returns:
        The last stage's `Trainer`.

    Raises:
        ConfigError: a stage cannot be run as it is written.
        DivergedError: the loss stopped being a number.
    """
    check_stages(network, matrix, terms, stages, tasks)
    resume = peek_position(checkpoint) if checkpoint else {"stage": 0, "epoch": 0}
    trainer, done_steps = None, 0
    copy = None if average is None else MovingAverage(network, network.heads, average)
    for term in terms:  # all at once, so that a resumed run draws the same random numbers
        if not term.built:
            term.prepare(network, setting_of(network, matrix, tasks))
    for index, stage in enumerate(stages):
        part = matrix.restrict(stage.domains, stage.tasks)
        mixture = mixture_of(part.domains)
        steps = mixture.steps_per_epoch
        if index >= resume["stage"]:
            stage.freeze(network)
            active = stage.select(terms)
            for term in terms:
                term.trainable = term in active
            kind = BalancedTrainer if balancer is not None and balancer.needs_gramian else Trainer
            if copy is not None:
                copy.restart(network)
            trainer = kind(network, part, active, tasks, forward, balancer, copy)
            # Tracked, so that the checkpoint holds what they learnt in an earlier stage.
            trainer.idle_terms = [term for term in terms if term not in active]
            place = f"stages.{index}.optimizer"
            total_steps = max(1, stage.epochs * steps)
            factor_of = factor_lookup(stage.optimizer.get("factors"), network, terms)
            optimizer = call(build_optimizer, stage.optimizer, place, total_steps=total_steps, factor_of=factor_of)
            optimizer.build(trainer.trainable_variables)
            shape = {key: stage.optimizer[key] for key in ("schedule", "warmup", "halvings") if key in stage.optimizer}
            for term in active:
                term.begin_stage(build_schedule(total_steps, **shape), total_steps)
            trainer.cached = types.MappingProxyType(cache_features(trainer, mixture, cache_bytes))
            # XLA is pathological on small CPU batches, and torch.compile is not kept up (measured).
            trainer.compile(optimizer=optimizer, jit_compile="auto" if keras.backend.backend() == "jax" else False)
            epoch = resume["epoch"] if index == resume["stage"] else 0
            if checkpoint and index == resume["stage"]:
                load_checkpoint(checkpoint, trainer)
            watching = [watch_cosines(mixture, done_steps)] if cosines else []
            own = [*watching, *(callbacks(index, stage, trainer) if callbacks else ())]
            run_fit(trainer, mixture, stage.epochs, epoch, done_steps, loader, workers, own)
        done_steps += stage.epochs * steps
    if copy is not None:
        network.set_weights(copy.copy.get_weights())
    average_norms(network.norms)
    return trainer


def check_stages(network, matrix, terms, stages, tasks):
    """Raise a `ConfigError` for the first stage that cannot be run; nothing is trained.

    Args:
        network: `MultiHeadModel`; which of its layers train is left as the last stage has it.
        matrix: `LabelMatrix` of all domains.
        terms: list of `Term`.
        stages: list of `Stage`.
        tasks: dict of task name → `Task`.
    """
    for index, stage in enumerate(stages):
        try:
            part = matrix.restrict(stage.domains, stage.tasks)
            stage.freeze(network)
        except ConfigError as error:
            raise ConfigError(f"stage `{stage.name}`: {error}") from None
        if not network.trainable_variables:
            raise ConfigError(f"stage `{stage.name}`: nothing trains; name a part in stages.{index}.trainable.")
        for task in stage.tasks or ():
            if not part.domains_of(task):
                raise ConfigError(
                    f"stage `{stage.name}`: cell {Cell(task, part.domains[0])} has no labels; none of its domains "
                    f"({', '.join(part.domains)}) is labelled for `{task}`. Name others in stages.{index}.domains."
                )
        active = stage.select(terms)
        if not active:
            raise ConfigError(f"stage `{stage.name}`: no term is left to train on; name one in stages.{index}.terms.")
        for term in active:
            try:
                check_needs(term, setting_of(network, part, tasks))
            except ConfigError as error:
                if stage.domains is None:
                    raise
                where = f"stage `{stage.name}`, on {', '.join(part.domains)} alone"
                mend = f"Or name the stage's terms without it in stages.{index}.terms."
                raise ConfigError(f"{where}: {error} {mend}") from None
        call(build_optimizer, stage.optimizer, f"stages.{index}.optimizer", total_steps=1, factor_of=None)
        try:
            factor_lookup(stage.optimizer.get("factors"), network, terms)
        except ConfigError as error:
            raise ConfigError(f"stages.{index}.optimizer.factors: {error}") from None


def watch_cosines(mixture, done_steps):
    """`LogTaskCosines` on the first batch of each epoch of a stage that begins after some steps."""
    return LogTaskCosines(lambda epoch: mixture.batch(done_steps + epoch * mixture.steps_per_epoch))


def run_fit(trainer, mixture, epochs, initial_epoch, done_steps, loader, workers, callbacks):
    """One `fit` over the mixture's stream, from where it stands."""
    steps = mixture.steps_per_epoch
    start = done_steps + initial_epoch * steps
    if loader == "auto":
        loader = "tf_data" if keras.backend.backend() == "tensorflow" else "py_dataset"
    stream = mixture.as_tf_data(start) if loader == "tf_data" else mixture.as_py_dataset(start, workers)
    try:
        trainer.fit(
            stream,
            epochs=epochs,
            initial_epoch=initial_epoch,
            steps_per_epoch=steps,
            shuffle=False,
            verbose=0,
            callbacks=[StopWhenDiverged(), KeepGenerator(), EndBalancerEpoch(), *(callbacks or ())],
        )
    except Exception:
        mixture.raise_error()
        raise
