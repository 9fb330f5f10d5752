"""Training: the stages of a method, one `fit` each."""

import keras

from xdomain_keras.config import call
from xdomain_keras.training.callbacks import StopWhenDiverged
from xdomain_keras.training.checkpoint import load_checkpoint, peek_position
from xdomain_keras.training.optimizer import build_optimizer
from xdomain_keras.training.trainer import Trainer


def fit_stages(network, matrix, terms, stages, mixture_of, *, loader="auto", callbacks=None, checkpoint=None, workers=1):
    """Train a network through its stages.

    Args:
        network: `MultiHeadModel`.
        matrix: `LabelMatrix` of all domains.
        terms: list of `Term`.
        stages: list of `Stage`.
        mixture_of: callable, tuple of domain names → `Mixture`.
        loader: `"tf_data"`, `"py_dataset"` or `"auto"`.
        callbacks: callable (stage index, stage, trainer) → list of Keras callbacks.
        checkpoint: path to resume from, or None.
        workers: threads of the `PyDataset` loader.

    Returns:
        The last stage's `Trainer`.

    Raises:
        DivergedError: the loss stopped being a number.
    """
    resume = peek_position(checkpoint) if checkpoint else {"stage": 0, "epoch": 0}
    trainer, done_steps = None, 0
    for index, stage in enumerate(stages):
        part = matrix.restrict(stage.domains or matrix.domains)
        mixture = mixture_of(part.domains)
        steps = mixture.steps_per_epoch
        if index >= resume["stage"]:
            stage.freeze(network)
            trainer = Trainer(network, part, stage.select(terms))
            place = f"stages.{index}.optimizer"
            optimizer = call(build_optimizer, stage.optimizer, place, total_steps=max(1, stage.epochs * steps))
            optimizer.build(trainer.trainable_variables)
            # XLA is pathological on small CPU batches, and torch.compile is not kept up (measured).
            trainer.compile(optimizer=optimizer, jit_compile="auto" if keras.backend.backend() == "jax" else False)
            epoch = resume["epoch"] if index == resume["stage"] else 0
            if checkpoint and index == resume["stage"]:
                load_checkpoint(checkpoint, trainer)
            run_fit(trainer, mixture, stage.epochs, epoch, done_steps, loader, workers, callbacks and callbacks(index, stage, trainer))
        done_steps += stage.epochs * steps
    return trainer


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
            callbacks=[StopWhenDiverged(), *(callbacks or ())],
        )
    except Exception:
        mixture.raise_error()
        raise
