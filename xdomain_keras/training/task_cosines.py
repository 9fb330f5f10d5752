"""Whether tasks pull the shared backbone the same way: the cosines between their gradients."""

import itertools

import keras
import numpy as np
from keras import ops

from xdomain_keras.training.balanced_trainer import gramian_of
from xdomain_keras.training.trainer import stack

PREFIX = "cosine/"  # of the logs


class LogTaskCosines(keras.callbacks.Callback):
    """Log `cosine/a~b` of every two tasks at the end of an epoch: `⟨g_a, g_b⟩ / (‖g_a‖ ‖g_b‖)`.

    g are the gradients of the tasks' losses with respect to the shared variables (Du et al. 2018), on the batch that
    the epoch began with, without dropout and with batch normalisation as in inference. It trains nothing.

    Args:
        batch_of: callable, epoch → (x, y, sample_weight).
    """

    def __init__(self, batch_of):
        super().__init__()
        self.batch_of, self.gramian = batch_of, None

    def on_epoch_end(self, epoch, logs=None):
        if self.gramian is None:
            self.gramian = GRAMIANS[keras.backend.backend()](self.model)
        logs.update(cosines_of(np.asarray(ops.convert_to_numpy(self.gramian(*self.batch_of(epoch)))), self.model.tasks))


def cosines_of(gramian, tasks):
    """Dict of `cosine/a~b` → float, of the tasks that have a gradient.

    Example:

    >>> cosines_of(np.array([[4.0, -1.0, 0.0], [-1.0, 1.0, 0.0], [0.0, 0.0, 0.0]]), ["boxes", "depth", "gaze"])
    {'cosine/boxes~depth': -0.5}
    """
    norms = np.sqrt(np.diag(gramian))
    return {
        f"{PREFIX}{tasks[a]}~{tasks[b]}": float(gramian[a, b] / (norms[a] * norms[b]))
        for a, b in itertools.combinations(range(len(tasks)), 2)
        if norms[a] * norms[b] > 0
    }


def task_losses(trainer, x, y, sample_weight):
    """List of the tasks' weighted losses on a batch; 0.0 of those that no term reads."""
    step = trainer.make_step(x, y, trainer(x, training=False), sample_weight, training=False)
    losses = dict.fromkeys(trainer.tasks, 0.0)
    for term in trainer.terms:
        weight = term.weight(trainer.step) if callable(term.weight) else term.weight
        for cell, (value, _) in term.compute(step).items() if term.by_task else ():
            losses[cell.task] += weight * value
    return list(losses.values())


def tensorflow_gramian(trainer):
    """callable, batch → inner products of the tasks' gradients."""
    import tensorflow as tf

    values = [variable.value for variable in trainer.shared_variables]

    def gramian(x, y, sample_weight):
        with tf.GradientTape(persistent=True) as tape:
            losses = task_losses(trainer, x, y, sample_weight)
        rows = [[None] * len(values) if isinstance(loss, float) else tape.gradient(loss, values) for loss in losses]
        return gramian_of(list(zip(*rows, strict=True)), len(losses))

    return gramian


def torch_gramian(trainer):
    """As `tensorflow_gramian`."""
    import torch

    values = [variable.value for variable in trainer.shared_variables]

    def gramian(x, y, sample_weight):
        rows = []
        for loss in task_losses(trainer, x, y, sample_weight):
            learns = not isinstance(loss, float) and loss.requires_grad
            given = {"retain_graph": True, "allow_unused": True}
            rows.append(torch.autograd.grad(loss, values, **given) if learns else [None] * len(values))
        with torch.no_grad():
            return gramian_of(list(zip(*rows, strict=True)), len(rows))

    return gramian


def jax_gramian(trainer):
    """As `tensorflow_gramian`; compiled once, with all variables as arguments, since they change between epochs."""
    import jax

    shared = trainer.shared_variables
    known = {id(variable) for variable in shared}
    others = [variable for variable in trainer.variables if id(variable) not in known]

    @jax.jit
    def compiled(shared_values, other_values, x, y, sample_weight):
        def vector(values):
            pairs = [*zip(shared, values, strict=True), *zip(others, other_values, strict=True)]
            with keras.StatelessScope(pairs):
                return stack(task_losses(trainer, x, y, sample_weight))

        losses, back = jax.vjp(vector, shared_values)
        rows = [back(unit)[0] for unit in jax.numpy.eye(len(losses), dtype=losses.dtype)]
        return gramian_of(list(zip(*rows, strict=True)), len(rows))

    def gramian(x, y, sample_weight):
        return compiled([v.value for v in shared], [v.value for v in others], x, y, sample_weight)

    return gramian


GRAMIANS = {"tensorflow": tensorflow_gramian, "torch": torch_gramian, "jax": jax_gramian}
