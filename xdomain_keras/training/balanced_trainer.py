"""The trainer whose balancer weighs the gradients of the shared parameters."""

import keras
from keras import ops

from xdomain_keras.training.task_gradients import TRAIN_STEPS
from xdomain_keras.training.trainer import Trainer, stack


class BalancedTrainer(Trainer):
    """Trains the shared parameters along `Σ_k w_k g_k + g_rest`, with w of a balancer that reads the g_k.

    Shared are the trainable variables of the network's backbone, but for streams of single tasks in it; g_k is the
    gradient of task k's loss, g_rest of everything that is not by task. All other variables (of the heads, the terms)
    follow the plain sum: a balancer says how tasks share, not how fast a head learns. It costs one backward pass a
    task instead of one in all.

    Arguments and logs are those of `Trainer`; the logged `loss` is the plain sum, which can be compared between
    the balancers that read gradients; of those that weigh losses, in `Trainer`, it is the weighed one.

    Example:

    >>> from xdomain_keras import LabelMatrix
    >>> from xdomain_keras.models import MultiHeadModel
    >>> from xdomain_keras.tasks import Saliency
    >>> from xdomain_keras.terms import Supervised
    >>> from xdomain_keras.training.balancing import MGDA
    >>> images = keras.Input((32, 32, 3))
    >>> backbone = keras.Model(images, {"c5": keras.layers.Conv2D(4, 32, 32)(images)})
    >>> tasks = {"saliency": Saliency("saliency", (32, 32), head={"filters": 2, "decoder_filters": [2]})}
    >>> network = MultiHeadModel(backbone, {"saliency": tasks["saliency"].head()})
    >>> matrix = LabelMatrix({"street": ["saliency"]})
    >>> trainer = BalancedTrainer(network, matrix, [Supervised()], tasks, balancer=MGDA(1))
    >>> list(trainer.balance)
    ['saliency']
    """

    gives_gramian = True

    def train_step(self, *state_and_data):
        return TRAIN_STEPS[keras.backend.backend()](self, *state_and_data)

    def combine(self, losses, present, gradients, scale=1.0):
        """Ask the balancer for weights, and log them.

        Args:
            losses: K scalars.
            present: K scalars.
            gradients: of the K tasks' losses and of the rest, each a list over the trainable variables; None where
                a loss does not depend on a variable.
            scale: by which the losses were scaled before the gradients were taken.

        Returns:
            list over the trainable variables: the gradients to apply.
        """
        own = {id(variable) for variable in self.shared_variables}
        shared = [id(variable) in own for variable in self.trainable_variables]
        columns = list(zip(*gradients, strict=True))
        inner = [column[:-1] for column, is_shared in zip(columns, shared, strict=True) if is_shared]
        gramian = gramian_of(inner, len(self.tasks)) / ops.square(ops.cast(scale, "float32"))
        present = stack(present)
        weights = ops.stop_gradient(self.balancer.weigh(ops.stop_gradient(stack(losses)), present, gramian))
        self.log_balance(weights, present)
        factors = [weights[index] for index in range(len(self.tasks))]
        return [
            add([scaled(part, w) for part, w in zip(column, factors, strict=False)] + [column[-1]])
            if is_shared
            else add(column)
            for column, is_shared in zip(columns, shared, strict=True)
        ]


def gramian_of(columns, num_tasks):
    """The inner products of the tasks' gradients, variable by variable: they are never one long vector.

    Args:
        columns: list over variables of K gradients each, None for 0.
        num_tasks: K.

    Returns:
        float32 `[K, K]`.

    Example:

    >>> columns = [[ops.ones((2, 2)), ops.zeros((2, 2))], [ops.ones((3,)), ops.ones((3,))], [None, ops.ones((1,))]]
    >>> ops.convert_to_numpy(gramian_of(columns, 2)).tolist()
    [[7.0, 3.0], [3.0, 4.0]]
    """
    gramian = ops.zeros((num_tasks, num_tasks), dtype="float32")
    for column in columns:
        known = next((part for part in column if part is not None), None)
        if known is not None:
            rows = [ops.zeros_like(known) if part is None else part for part in column]
            rows = ops.stack([ops.reshape(ops.cast(row, "float32"), (-1,)) for row in rows])
            gramian = gramian + ops.matmul(rows, ops.transpose(rows))
    return gramian


def scaled(gradient, weight):
    """`weight · gradient`; None stays None."""
    return None if gradient is None else gradient * ops.cast(weight, gradient.dtype)


def add(parts):
    """The sum of what is not None; None where nothing is."""
    parts = [part for part in parts if part is not None]
    return sum(parts[1:], parts[0]) if parts else None
