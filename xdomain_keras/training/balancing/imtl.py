"""A sum of gradients that goes equally far along each of them."""

from keras import ops

from xdomain_keras.training.balancing.balancer import Balancer
from xdomain_keras.training.balancing.gramian import clean_gramian, split_gramian, uniform_weights


class IMTL(Balancer):
    """IMTL-G: `d = Σ_k w_k g_k` with `<d, g_k / ||g_k||>` the same for all k and `Σ w = 1` (Liu et al. 2021, Eq. 4).

    With the norms n and cosines C of the gradients that is `C v = 1`, `w ∝ v / n`. Weights may be negative, but the
    common projection never is: where the sum of w is less than a tenth of that of |w|, the latter is taken instead,
    and w sums to less than 1. A gradient that is zero gets weight 0; if all are, weights are equal.

    Args:
        num_tasks: K.
        name: of the layer.

    Example:

    >>> gramian = ops.array([[1.0, 0.0], [0.0, 9.0]])
    >>> ops.convert_to_numpy(IMTL(2).weigh(ops.ones((2,)), ops.ones((2,)), gramian)).round(3).tolist()
    [0.75, 0.25]
    """

    needs_gramian = True

    def __init__(self, num_tasks, name="imtl"):
        super().__init__(num_tasks, name)

    def weigh(self, losses, present, gramian=None):
        norms, cosines = split_gramian(clean_gramian(gramian, present)[0])
        alive = norms > 0
        # Dead rows are those of the identity and see a right side of 0.
        solved = ops.solve(cosines, ops.cast(alive, "float32")[:, None])[:, 0]
        weights = ops.where(alive, solved / ops.where(alive, norms, 1.0), 0.0)
        total = ops.maximum(ops.sum(weights), 0.1 * ops.sum(ops.abs(weights)))
        return ops.where(ops.any(alive), weights / ops.where(total > 0, total, 1.0), uniform_weights(present))
