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
    >>> [round(float(cosine_distance(ones, factor * ones)[0]), 6) for factor in (5, -1)]
    [0.0, 2.0]
    """
    return 1 - ops.mean(ops.sum(normalized(first) * normalized(second), axis=-1), axis=(1, 2))


def normalized(vectors):
    """Vectors along the last axis brought to length 1, float32; shorter ones than 1e-8 stay short, not NaN."""
    vectors = ops.cast(vectors, "float32")
    squares = ops.sum(ops.square(vectors), axis=-1, keepdims=True)
    return vectors / ops.sqrt(ops.maximum(squares, 1e-16))
