"""What the balancers that read gradients share: a clean Gramian, and its parts."""

from keras import ops

RIDGE = 1e-5  # added to the cosines' diagonal: what float32 leaves of a singular matrix can be solved


def uniform_weights(present):
    """`1 / m` for each of the m present tasks; all 0 where there is none.

    Args:
        present: float `[K]`.

    Returns:
        float `[K]`.

    Example:

    >>> ops.convert_to_numpy(uniform_weights(ops.array([1.0, 0.0, 1.0]))).tolist()
    [0.5, 0.0, 0.5]
    """
    return present / ops.maximum(ops.sum(present), 1.0)


def clean_gramian(gramian, present):
    """The Gramian in units of its mean diagonal over the present tasks.

    Rows and columns of absent tasks are 0. One that holds a number that is none is 0 as a whole: the loss is then
    not finite either, which stops the run, but not in the middle of a linear system.

    Args:
        gramian: float `[K, K]`.
        present: float `[K]`.

    Returns:
        (float32 `[K, K]`, the mean diagonal ≥ 0).

    Example:

    >>> scaled, mean = clean_gramian(ops.array([[2.0, 3.0], [3.0, 6.0]]), ops.ones((2,)))
    >>> ops.convert_to_numpy(scaled).tolist(), float(mean)
    ([[0.5, 0.75], [0.75, 1.5]], 4.0)
    """
    gramian = ops.cast(gramian, "float32")
    gramian = ops.where(ops.all(ops.isfinite(gramian)), gramian, 0.0)
    gramian = ops.where(present[:, None] * present[None, :] > 0, gramian, 0.0)
    mean = ops.sum(ops.diagonal(gramian) * uniform_weights(present))
    # Below it all gradients are zero in effect.
    mean = ops.where(mean > 1e-30, mean, 0.0)
    return ops.where(mean > 0, gramian / ops.where(mean > 0, mean, 1.0), 0.0), mean


def split_gramian(gramian):
    """Norms and cosines of the gradients: `G = diag(n) C diag(n)`.

    A gradient below 1e-6 of the root mean square is taken for zero: it has norm 0, and its row of C is that of the
    identity, so that C can be solved and the others do not see it.

    Args:
        gramian: float `[K, K]`, of `clean_gramian`.

    Returns:
        (norms `[K]`, cosines `[K, K]` with a small ridge).

    Example:

    >>> norms, cosines = split_gramian(ops.array([[4.0, 0.0], [0.0, 0.0]]))
    >>> ops.convert_to_numpy(norms).tolist(), ops.convert_to_numpy(cosines).tolist()
    ([2.0, 0.0], [[1.00001, 0.0], [0.0, 1.00001]])
    """
    squares = ops.diagonal(gramian)
    alive = squares > 1e-12
    norms = ops.sqrt(ops.where(alive, squares, 1.0))
    cosines = ops.clip(gramian / (norms[:, None] * norms[None, :]), -1.0, 1.0)
    both = ops.logical_and(alive[:, None], alive[None, :])
    identity = ops.eye(gramian.shape[0], dtype="float32")
    cosines = ops.where(both, cosines, 0.0) * (1 - identity) + (1 + RIDGE) * identity
    return ops.where(alive, norms, 0.0), cosines
