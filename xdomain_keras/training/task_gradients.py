"""A step of training with one gradient a task, on each backend: what Keras' own does, the gradients apart.

Each function has the arguments and results of the backend's `Model.train_step`, after the trainer.
"""

import keras
from keras import ops, tree

from xdomain_keras.training.trainer import stack


def tensorflow_step(trainer, data):
    """One persistent tape, one pass back over it for each loss."""
    import tensorflow as tf

    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
    with tf.GradientTape(persistent=True) as tape:
        losses, present, rest, outputs = forward(trainer, x, y, sample_weight)
        scaled = [loss if is_constant(loss) else trainer.optimizer.scale_loss(loss) for loss in (*losses, rest)]
    values = [variable.value for variable in trainer.trainable_variables]
    gradients = [
        [None] * len(values) if is_constant(loss) else [dense(gradient) for gradient in tape.gradient(loss, values)]
        for loss in scaled
    ]
    apply(trainer, losses, present, gradients)
    return finish(trainer, losses, rest, x, y, outputs, sample_weight)


def torch_step(trainer, data):
    """One graph, kept until the last loss has gone back over it."""
    import torch

    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
    trainer.zero_grad()
    losses, present, rest, outputs = forward(trainer, x, y, sample_weight)
    values = [variable.value for variable in trainer.trainable_variables]
    gradients = []
    for loss in (*losses, rest):
        if is_constant(loss) or not loss.requires_grad:
            gradients.append([None] * len(values))
        else:
            loss = trainer.optimizer.scale_loss(loss)
            gradients.append(torch.autograd.grad(loss, values, retain_graph=True, allow_unused=True))
    with torch.no_grad():
        apply(trainer, losses, present, gradients)
        return finish(trainer, losses, rest, x, y, outputs, sample_weight)


def jax_step(trainer, state, data):
    """One `vjp` of the vector of losses; all state goes through scopes, as JAX has it."""
    import jax

    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
    groups = (
        trainer.trainable_variables,
        trainer.non_trainable_variables,
        trainer.optimizer.variables,
        trainer.metrics_variables,
    )

    def scope_of(*values):
        pairs = zip(groups, values, strict=True)
        return keras.StatelessScope([pair for group, each in pairs for pair in zip(group, each, strict=True)])

    def after(scope, group):
        return [scope.get_current_value(variable) for variable in group]

    constant = []  # filled when `vector` is traced, once

    def vector(trainable):
        with scope_of(trainable, *state[1:]) as scope:
            losses, present, rest, outputs = forward(trainer, x, y, sample_weight)
            constant.extend(map(is_constant, (*losses, rest)))
            moving = [loss for loss, fixed in zip((*losses, rest), constant, strict=True) if not fixed]
            scaled = trainer.optimizer.scale_loss(stack(moving))
        return scaled, (losses, present, rest, outputs, [after(scope, group) for group in groups[1:]])

    scaled, back, (losses, present, rest, outputs, others) = jax.vjp(vector, state[0], has_aux=True)
    passes = iter([back(unit)[0] for unit in jax.numpy.eye(len(scaled), dtype=scaled.dtype)])
    gradients = [[None] * len(groups[0]) if fixed else next(passes) for fixed in constant]
    with scope_of(state[0], *others) as scope:
        combined = trainer.combine(losses, present, gradients, trainer.optimizer.scale_loss(1.0))
        logs = finish(trainer, losses, rest, x, y, outputs, sample_weight)
    non_trainable, metrics = after(scope, groups[1]), after(scope, groups[3])
    combined = [ops.zeros_like(value) if g is None else g for g, value in zip(combined, state[0], strict=True)]
    trainable, optimizer = trainer.optimizer.stateless_apply(others[1], combined, state[0])
    return logs, (trainable, non_trainable, optimizer, metrics)


def forward(trainer, x, y, sample_weight):
    """(losses, present, rest, outputs) of one pass through the network."""
    outputs = trainer(x, training=True)
    return *trainer.compute_losses(x, y, outputs, sample_weight), outputs


def apply(trainer, losses, present, gradients):
    """Combine the gradients and take the optimizer's step."""
    combined = trainer.combine(losses, present, gradients, trainer.optimizer.scale_loss(1.0))
    trainer.optimizer.apply(combined, trainer.trainable_variables)


def finish(trainer, losses, rest, x, y, outputs, sample_weight):
    """The logs, with the plain sum as the loss."""
    trainer._loss_tracker.update_state(sum(losses, rest), sample_weight=ops.shape(tree.flatten(x)[0])[0])
    return trainer.compute_metrics(x, y, outputs, sample_weight=sample_weight)


def is_constant(loss):
    """Whether a loss is a plain number: of a task, or of a rest, that this stage has nothing of."""
    return isinstance(loss, float)


def dense(gradient):
    """A TensorFlow gradient as a tensor, whatever it came as; None stays None."""
    return None if gradient is None else ops.convert_to_tensor(gradient)


TRAIN_STEPS = {"tensorflow": tensorflow_step, "jax": jax_step, "torch": torch_step}
