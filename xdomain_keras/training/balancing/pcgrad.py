"""Gradients without what is against one another."""

import keras
from keras import ops

from xdomain_keras.training.balancing.balancer import Balancer
from xdomain_keras.training.balancing.gramian import clean_gramian


class PCGrad(Balancer):
    """Each gradient loses its part against every other one, in random order; then all are summed (Yu et al. 2020).

    Algorithm 1, in coordinates of the gradients: row i of W holds task i's, `W = I` at first, and for every
    j ≠ i with `<(W G)_i, e_j> < 0` that inner product over `G_jj` is taken from `W_ij`. The weights are the column
    sums: each is at least 1 for a present task. Gradients that are zero or do not conflict leave all at 1.

    Args:
        num_tasks: K.
        seed: of the orders.
        name: of the layer.

    Example:

    >>> gramian = ops.array([[1.0, -1.0], [-1.0, 4.0]])
    >>> ops.convert_to_numpy(PCGrad(2).weigh(ops.ones((2,)), ops.ones((2,)), gramian)).tolist()
    [2.0, 1.25]
    """

    needs_gramian = True

    def __init__(self, num_tasks, seed: int = 0, name="pcgrad"):
        super().__init__(num_tasks, name)
        self.draws = keras.random.SeedGenerator(seed)

    def weigh(self, losses, present, gramian=None):
        gramian, _ = clean_gramian(gramian, present)
        identity = ops.eye(self.num_tasks, dtype="float32")
        rows, squares = identity * present, ops.diagonal(gramian)
        # One order of the others for each task; all tasks go through theirs at once.
        orders = ops.argsort(keras.random.uniform((self.num_tasks, self.num_tasks), seed=self.draws), axis=1)
        for place in range(self.num_tasks):
            other = ops.one_hot(orders[:, place], self.num_tasks, dtype="float32")
            products = ops.sum(ops.matmul(rows, gramian) * other, axis=1)
            square = ops.sum(other * squares, axis=1)
            against = ops.logical_and(products < 0, square > 1e-12)
            against = ops.logical_and(against, ops.sum(other * identity, axis=1) == 0)
            part = ops.where(against, products / ops.where(against, square, 1.0), 0.0)
            rows = rows - part[:, None] * other
        return ops.sum(rows, axis=0)
