"""Weights from the tasks' learnt noise."""

from keras import ops

from xdomain_keras.training.balancing.balancer import Balancer


class Uncertainty(Balancer):
    """`Σ_present ½ exp(-s_k) L_k + ½ s_k` with learnable `s_k = log σ_k²` (Kendall, Gal & Cipolla 2018, Eq. 7).

    The weights `½ exp(-s_k)` begin at ½ and have no fixed sum. At the optimum they are `1 / (2 L_k)`, so that a loss
    that can fall to 0 drives its weight up without end: s_k is held in [-10, 10] where it is read.

    Args:
        num_tasks: K.
        name: of the layer.

    Example:

    >>> float(Uncertainty(2).total(ops.array([3.0, 0.0]), ops.array([1.0, 0.0])))
    1.5
    """

    def __init__(self, num_tasks, name="uncertainty"):
        super().__init__(num_tasks, name)
        self.log_variance = self.add_weight((num_tasks,), initializer="zeros", dtype="float32", name="log_variance")

    def weigh(self, losses, present, gramian=None):
        return 0.5 * present * ops.exp(-ops.clip(self.log_variance, -10.0, 10.0))

    def total(self, losses, present, weights=None):
        weights = self.weigh(losses, present) if weights is None else weights
        return ops.sum(weights * losses + 0.5 * present * ops.clip(self.log_variance, -10.0, 10.0))
