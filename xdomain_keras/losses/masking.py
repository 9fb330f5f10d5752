"""The only masked mean: absent labels never enter arithmetic."""

from keras import ops


def masked_mean(values, mask, axis=None):
    """Mean of `values` where `mask` is not 0; 0 where nothing is.

    Values under a zero mask may be NaN or infinite: they are replaced before any arithmetic, so
    neither the mean nor its gradient sees them (0 · NaN would be NaN).

    Args:
        values: float tensor.
        mask: tensor of the same shape, ≥ 0; other than 0 and 1 it weighs.
        axis: of the mean; None for all.

    Returns:
        float32 tensor, the mean over `axis`.

    Example:

    >>> float(masked_mean(ops.array([1.0, float("nan")]), ops.array([1.0, 0.0])))
    1.0
    """
    mask = ops.cast(mask, "float32")
    values = ops.where(mask > 0, ops.cast(values, "float32"), 0.0)
    total = ops.sum(mask, axis=axis)
    # Dividing by 1 where all is absent keeps the gradient finite.
    return ops.sum(values * mask, axis=axis) / ops.where(total > 0, total, 1.0)


def where_present(target, sample_weight, otherwise=0.0):
    """`target` with zeros, or with `otherwise`, in every sample of weight 0, whatever it holds there.

    Args:
        target: tensor `[B, …]`.
        sample_weight: tensor `[B]`.
        otherwise: scalar, or tensor like `target`.

    Example:

    >>> ops.convert_to_numpy(where_present(ops.array([[1.0], [float("nan")]]), ops.array([1.0, 0.0]))).tolist()
    [[1.0], [0.0]]
    """
    shape = (-1,) + (1,) * (len(target.shape) - 1)
    present = ops.reshape(sample_weight, shape) > 0
    return ops.where(present, target, ops.cast(otherwise, target.dtype))
