"""The cosine distance of two feature maps."""

from keras import ops


def cosine_distance(first, second):
    """`1 - mean over positions of (a · b) / (|a| |b|)`, a row at a time (paper 002, Eq. 3: L_ct and R).

    Args:
        first: float `[N, h, w, D]`.
        second: float `[N, h, w, D]`.

    Returns:
        float32 `[N]` in [0, 2]; a position where one vector is 0 counts as at distance 1.

    Example:

    >>> ones = np.ones((1, 2, 2, 3), "float32")
    >>> float(cosine_distance(ones, 5 * ones)[0]), float(cosine_distance(ones, -ones)[0])
    (0.0, 2.0)
    """
    cosines = ops.sum(normalized(first) * normalized(second), axis=-1)
    return 1 - ops.mean(cosines, axis=(1, 2))


def normalized(x):
    """Vectors of length 1, or 0 where they are 0; the gradient is finite there, too."""
    x = ops.cast(x, "float32")
    squares = ops.sum(ops.square(x), axis=-1, keepdims=True)
    return x / ops.sqrt(ops.where(squares > 0, squares, 1.0))
