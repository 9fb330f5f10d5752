"""Gradient reversal: the identity whose gradient is turned round."""

from keras import ops


def reverse_gradient(x, strength=1.0):
    """Return x; the gradient that comes back is multiplied by `-strength` (Ganin & Lempitsky 2015, Eq. 15 and 16).

    With `z = (1 + λ) x` it is `x + (stop(z) - z)`: exact forward in every dtype, since the bracket is exactly 0.

    Args:
        x: tensor.
        strength: λ ≥ 0, a number or a scalar tensor.

    Example:

    >>> ops.convert_to_numpy(reverse_gradient(ops.array([1.0, -2.0]), 0.5)).tolist()
    [1.0, -2.0]
    """
    scaled = x * ops.cast(1.0 + strength, x.dtype)
    return x + (ops.stop_gradient(scaled) - scaled)
