"""Weights that let all tasks train at like rates."""

from keras import ops

from xdomain_keras.errors import ConfigError
from xdomain_keras.training.balancing.balancer import Balancer
from xdomain_keras.training.balancing.gramian import clean_gramian


class GradNorm(Balancer):
    """Descends `Σ_k |w_k n_k - c_k|` in w, `c_k = mean(w n) r_k^α` held constant (Chen et al. 2018, Eq. 2, Alg. 1).

    n_k is the norm of task k's gradient and r_k its loss over the first one it had, `L_k / L_k(0)`, relative to the
    mean of the present tasks. Norms are taken in units of their root mean square, so that the step does not depend
    on the unit of the losses (the authors' Adam does that). The weights of a step are those before its update. They
    begin at 1, stay at or above 1e-3 and sum to K over all tasks; a present task gains only from present ones.

    Args:
        num_tasks: K.
        alpha: α ≥ 0; the larger, the harder tasks are pulled to a common rate.
        learning_rate: of the weights.
        name: of the layer.

    Raises:
        ConfigError: alpha or learning_rate is too small.

    Example:

    >>> balancer = GradNorm(2)
    >>> for _ in range(2):
    ...     weights = balancer.weigh(ops.ones((2,)), ops.ones((2,)), ops.array([[1.0, 0.0], [0.0, 0.25]]))
    >>> bool(weights[0] < weights[1])
    True
    """

    needs_gramian = True

    def __init__(self, num_tasks, alpha: float = 1.5, learning_rate: float = 0.025, name="gradnorm"):
        super().__init__(num_tasks, name)
        if alpha < 0 or learning_rate <= 0:
            raise ConfigError(f"gradnorm: alpha {alpha}, learning_rate {learning_rate}; expected ≥ 0 and > 0.")
        self.alpha, self.learning_rate = alpha, learning_rate
        self.task_weights = self.add_state("task_weights", (num_tasks,), "ones")
        self.first_losses = self.add_state("first_losses", (num_tasks,))  # 0 until the task was present

    def weigh(self, losses, present, gramian=None):
        gramian, _ = clean_gramian(gramian, present)
        losses = ops.where(ops.isfinite(losses), losses, 0.0)
        # Copies: what a variable converts to may change with it, where steps are not compiled.
        weights, first = self.task_weights * 1.0, self.first_losses * 1.0
        first = ops.where(ops.logical_and(first == 0, present > 0), losses, first)
        self.first_losses.assign(first)
        norms = ops.sqrt(ops.maximum(ops.diagonal(gramian), 0.0))
        count = ops.maximum(ops.sum(present), 1.0)
        rates = ops.where(first > 0, losses / ops.where(first > 0, first, 1.0), 1.0) * present
        rates = rates / ops.maximum(ops.sum(rates) / count, 1e-6)
        targets = ops.sum(weights * norms) / count * ops.power(ops.maximum(rates, 1e-6), self.alpha)
        moved = ops.maximum(weights - self.learning_rate * ops.sign(weights * norms - targets) * norms, 1e-3)
        # What present tasks had together they share anew; absent ones keep theirs.
        share = ops.sum(weights * present) / ops.maximum(ops.sum(moved * present), 1e-6)
        self.task_weights.assign(ops.where(present > 0, moved * share, weights))
        return weights * present
