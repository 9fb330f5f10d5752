"""Squared maximum mean discrepancy between two sets of features, for three kernels."""

from keras import ops


def linear_mmd(source, target):
    """`||mean(x) - mean(y)||²`, the MMD² of the linear kernel (paper 000, Eq. 1).

    Args:
        source: float `[N, D]`.
        target: float `[M, D]`.

    Returns:
        float scalar ≥ 0.

    Example:

    >>> float(linear_mmd(ops.ones((4, 2)), ops.zeros((3, 2))))
    2.0
    """
    return ops.sum(ops.square(ops.mean(source, axis=0) - ops.mean(target, axis=0)))


def bilinear_mmd(source, target, projection):
    """MMD² of the kernel `k(z, z') = zᵀ(WᵀW + I)z' + c` (paper 000, Eq. 2 and 3), in closed form.

    With `d = mean(x) - mean(y)` the V-statistic over all pairs is `||W d||² + ||d||²`: c cancels, and
    the cost is O((N + M) D + R D) instead of O((N + M)² D²).

    Args:
        source: float `[N, D]`.
        target: float `[M, D]`.
        projection: W, float `[R, D]`.

    Returns:
        float scalar ≥ 0.

    Example:

    >>> float(bilinear_mmd(ops.ones((4, 2)), ops.zeros((3, 2)), ops.eye(2)))
    4.0
    """
    difference = ops.mean(source, axis=0) - ops.mean(target, axis=0)
    return ops.sum(ops.square(ops.matmul(projection, difference))) + ops.sum(ops.square(difference))


def rbf_mmd(source, target, bandwidths=(0.25, 0.5, 1.0, 2.0, 4.0)):
    """MMD² of a sum of Gaussian kernels, `Σ_b exp(-||z - z'||² / (b s))`.

    s is the mean squared distance of all pairs in the batch, held constant in the gradient, so
    that the bandwidths are relative (Long et al. 2015).

    Args:
        source: float `[N, D]`.
        target: float `[M, D]`.
        bandwidths: b, one a kernel.

    Returns:
        float scalar ≥ 0 up to rounding.

    Example:

    >>> float(rbf_mmd(ops.ones((4, 2)), ops.ones((3, 2))))
    0.0
    """
    features = ops.concatenate([source, target], axis=0)
    # Distances do not see the shift; without it they are small differences of large squares.
    features = features - ops.stop_gradient(ops.mean(features, axis=0, keepdims=True))
    squares = ops.sum(ops.square(features), axis=1)
    gram = ops.matmul(features, ops.transpose(features))
    distances = ops.maximum(squares[:, None] + squares[None, :] - 2 * gram, 0.0)
    scale = ops.maximum(ops.stop_gradient(ops.mean(distances)), 1e-12)
    kernel = sum(ops.exp(-distances / (bandwidth * scale)) for bandwidth in bandwidths)
    # One weight an image, 1/N and -1/M: wᵀ K w is the sum of the three means.
    ones = ops.ones_like(source[:, 0]), ops.ones_like(target[:, 0])
    weights = ops.concatenate([ones[0] / ops.sum(ones[0]), -ones[1] / ops.sum(ones[1])], axis=0)
    return ops.sum(weights * ops.matmul(kernel, weights[:, None])[:, 0])
