"""The cosine distance of two feature maps."""

from keras import ops

from xdomain_keras.layers.unit_length import unit_length


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
    first, second = (unit_length(ops.cast(x, "float32")) for x in (first, second))
    cosines = ops.sum(first * second, axis=-1)
    return 1 - ops.mean(cosines, axis=(1, 2))
