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
    first, second = ops.cast(first, "float32"), ops.cast(second, "float32")
    dots = ops.sum(first * second, axis=-1)
    squares = ops.sum(ops.square(first), axis=-1) * ops.sum(ops.square(second), axis=-1)
    cosines = dots / ops.sqrt(ops.maximum(squares, 1e-16))
    return 1 - ops.mean(cosines, axis=(1, 2))
