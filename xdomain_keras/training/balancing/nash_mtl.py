"""The gradients' bargaining solution."""

from keras import ops

from xdomain_keras.training.balancing.balancer import Balancer
from xdomain_keras.training.balancing.gramian import clean_gramian, split_gramian

NUM_STEPS = 30  # of Newton: from the start to float32's precision, opposite gradients included


class NashMTL(Balancer):
    """`G α = 1 / α`: the update whose utilities' product is largest (Navon et al. 2022, Eq. 3, Claim 3.1).

    Solved as `min ½ αᵀGα - Σ_k log α_k`, a convex problem, by damped Newton steps. In norms n and cosines C of the
    gradients it is `C y = 1 / y`, `α = y / n`: the direction does not depend on the scale of any loss. As in the
    authors' code G is divided by its size, here its mean diagonal, so that `||Σ α_k g_k||` is `√m` times the root
    mean square of the m gradients. A ridge of 1e-5 on C keeps y finite (below 320) for opposite gradients. A gradient
    that is zero has weight 1.

    Args:
        num_tasks: K.
        name: of the layer.

    Example:

    >>> gramian = ops.array([[2.0, 0.0], [0.0, 2.0]])
    >>> ops.convert_to_numpy(NashMTL(2).weigh(ops.ones((2,)), ops.ones((2,)), gramian)).round(3).tolist()
    [1.0, 1.0]
    """

    needs_gramian = True

    def __init__(self, num_tasks, name="nash_mtl"):
        super().__init__(num_tasks, name)

    def weigh(self, losses, present, gramian=None):
        norms, cosines = split_gramian(clean_gramian(gramian, present)[0])
        identity = ops.eye(self.num_tasks, dtype="float32")

        def newton(_, y):
            slope = ops.matmul(cosines, y[:, None])[:, 0] - 1 / y
            step = ops.solve(cosines + identity / ops.square(y), slope[:, None])[:, 0]
            # Steps of a self-concordant function: 1 / (1 + λ) never leaves its domain and always goes down.
            decrement = ops.sqrt(ops.maximum(ops.sum(slope * step), 0.0))
            return y - step / ops.where(decrement > 0.25, 1 + decrement, 1.0)

        y = ops.fori_loop(0, NUM_STEPS, newton, ops.ones((self.num_tasks,), dtype="float32"))
        alive = norms > 0
        return ops.where(alive, y / ops.where(alive, norms, 1.0), 1.0) * present
