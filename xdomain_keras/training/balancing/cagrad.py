"""The mean gradient, moved towards what the worst task wants."""

from typing import Literal

from keras import ops

from xdomain_keras.errors import ConfigError
from xdomain_keras.signatures import check_choices
from xdomain_keras.training.balancing.balancer import Balancer
from xdomain_keras.training.balancing.gramian import clean_gramian, uniform_weights

STEPS_A_TASK = 12  # measured: the optimum to 1e-3 of its size, most often to 1e-6


class CAGrad(Balancer):
    """`d = g_0 + √φ g_w / ||g_w||`, `w = argmin g_wᵀ g_0 + √φ ||g_w||`, `√φ = c ||g_0||` (Liu et al. 2021, Alg. 1).

    g_0 is the mean of the present tasks' gradients and `g_w = Σ_k w_k g_k` with w in their simplex; of all d within
    `c ||g_0||` of g_0 it improves the worst task most. The weights of d sum to 1 + `√φ / ||g_w||`. Where g_w is zero
    (the tasks are at odds as they can be) they are those of g_0.

    Args:
        num_tasks: K.
        c: in [0, 1): how far d may be from g_0.
        rescale: d as it is (`"none"`, the paper), over `1 + c²` (`"square"`, the authors' code) or `1 + c`
            (`"linear"`); 1 and 2 of LibMTL's option are the latter two.
        name: of the layer.

    Raises:
        ConfigError: c is not in [0, 1).

    Example:

    >>> gramian = ops.array([[1.0, 0.0], [0.0, 1.0]])
    >>> ops.convert_to_numpy(CAGrad(2, c=0.5).weigh(ops.ones((2,)), ops.ones((2,)), gramian)).tolist()
    [0.75, 0.75]
    """

    needs_gramian = True

    def __init__(self, num_tasks, c: float = 0.4, rescale: Literal["none", "square", "linear"] = "none", name="cagrad"):
        super().__init__(num_tasks, name)
        check_choices(CAGrad, rescale=rescale)
        if not 0 <= c < 1:
            raise ConfigError(f"balancing.c is {c}; expected a number in [0, 1).")
        self.c, self.scale = c, {"none": 1.0, "square": 1 + c**2, "linear": 1 + c}[rescale]

    def weigh(self, losses, present, gramian=None):
        gramian, _ = clean_gramian(gramian, present)
        mean = uniform_weights(present)
        products = ops.matmul(gramian, mean[:, None])[:, 0]
        radius = self.c * ops.sqrt(ops.maximum(ops.sum(products * mean), 0.0))
        w = minimize_on_simplex(gramian, products, radius, mean, present)
        square = ops.sum(w * ops.matmul(gramian, w[:, None])[:, 0])
        # What rounding leaves of a zero g_w has no direction.
        known = square > 1e-6 * ops.max(ops.diagonal(gramian))
        part = ops.where(known, radius / ops.sqrt(ops.where(known, square, 1.0)), 0.0)
        return (mean + part * w) / self.scale


def minimize_on_simplex(gramian, slope, radius, start, present):
    """Minimise `bᵀw + r √(wᵀGw)` over `w ≥ 0`, `Σ w = 1` by moving weight between pairs of tasks.

    Along `e_i - e_j` the function is `a t + r √(q (t - s)² + p)`, whose minimum is known in closed form; in each step
    that pair moves which gains most. It takes singular matrices as they are, and two tasks in one step.

    Args:
        gramian: G, float `[K, K]`.
        slope: b, float `[K]`.
        radius: r ≥ 0.
        start: a w, float `[K]`.
        present: float `[K]`, 0 where w stays 0.

    Returns:
        float `[K]`.

    Example:

    >>> w = minimize_on_simplex(ops.eye(2), ops.zeros((2,)), 1.0, ops.array([1.0, 0.0]), ops.ones((2,)))
    >>> ops.convert_to_numpy(w).round(3).tolist()
    [0.5, 0.5]
    """
    size = gramian.shape[0]
    squares = ops.diagonal(gramian)
    curvature = ops.maximum(squares[:, None] + squares[None, :] - 2 * gramian, 1e-12)  # q
    pitch = slope[:, None] - slope[None, :]  # a
    allowed = present[:, None] * present[None, :] * (1 - ops.eye(size, dtype="float32")) > 0

    def move(_, w):
        products = ops.matmul(gramian, w[:, None])[:, 0]
        square = ops.maximum(ops.sum(w * products), 0.0)
        half = products[:, None] - products[None, :]
        center = -half / curvature  # s
        floor = ops.maximum(square - curvature * ops.square(center), 0.0)  # p
        # Beyond |a| = r √q there is no minimum: the line ends at the border.
        steep = ops.square(radius) * curvature - ops.square(pitch)
        inner = center - pitch * ops.sqrt(floor / (curvature * ops.maximum(steep, 1e-20)))
        step = ops.where(steep > 0, inner, -ops.sign(pitch) * 2.0)
        step = ops.clip(step, -w[:, None], w[None, :])
        after = ops.maximum(square + 2 * step * half + ops.square(step) * curvature, 0.0)
        value = pitch * step + radius * (ops.sqrt(after) - ops.sqrt(square))
        value = ops.where(allowed, value, 0.0)
        best = ops.argmin(ops.reshape(value, (-1,)))
        chosen = ops.where(ops.min(value) < 0, ops.take(ops.reshape(step, (-1,)), best, axis=0), 0.0)
        direction = ops.one_hot(best // size, size, dtype="float32") - ops.one_hot(best % size, size, dtype="float32")
        return ops.maximum(w + chosen * direction, 0.0)

    w = ops.fori_loop(0, STEPS_A_TASK * size, move, start)
    return w / ops.maximum(ops.sum(w), 1e-12)
