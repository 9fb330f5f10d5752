"""Weights drawn anew in every step."""

import keras
from keras import ops

from xdomain_keras.training.balancing.balancer import Balancer


class RandomWeights(Balancer):
    """`w = m softmax(z)` over the m present tasks, `z_k ~ N(0, 1)` (Lin et al. 2022, random loss weighting, Eq. 3).

    The weights sum to m, so that the loss is that of the plain sum in the mean.

    Args:
        num_tasks: K.
        seed: of the draws.
        name: of the layer.

    Example:

    >>> weights = RandomWeights(3).weigh(ops.ones((3,)), ops.array([1.0, 1.0, 0.0]))
    >>> float(ops.sum(weights)), float(weights[2])
    (2.0, 0.0)
    """

    def __init__(self, num_tasks, seed: int = 0, name="random"):
        super().__init__(num_tasks, name)
        self.draws = keras.random.SeedGenerator(seed)

    def weigh(self, losses, present, gramian=None):
        shares = ops.exp(keras.random.normal((self.num_tasks,), dtype="float32", seed=self.draws)) * present
        return ops.sum(present) * shares / ops.maximum(ops.sum(shares), 1e-12)
