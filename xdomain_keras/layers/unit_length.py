"""Vectors of length 1."""

from keras import ops


def unit_length(x, epsilon=0.0):
    """`x / |x|` along the last axis.

    Args:
        x: float `[…, D]`.
        epsilon: added to the squared length. With 0 a vector that is 0 stays 0, and its gradient is 0, too; with more
            its gradient is large, which moves predictions away from 0.

    Returns:
        tensor like `x`.

    Example:

    >>> ops.convert_to_numpy(unit_length(ops.array([[3.0, 4.0], [0.0, 0.0]]))).round(3).tolist()
    [[0.6, 0.8], [0.0, 0.0]]
    """
    squares = ops.sum(ops.square(x), axis=-1, keepdims=True)
    return x / ops.sqrt(squares + epsilon if epsilon else ops.where(squares > 0, squares, 1.0))
