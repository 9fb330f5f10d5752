"""Predictions at the resolution of their targets."""

from keras import ops


def stretch_to(y_pred, size):
    """Resize a map bilinearly where it is not of that size already.

    Args:
        y_pred: float `[B, h, w, C]`.
        size: (H, W).

    Returns:
        float32 `[B, H, W, C]`.

    Example:

    >>> tuple(stretch_to(ops.zeros((1, 2, 3, 4)), (8, 12)).shape)
    (1, 8, 12, 4)
    """
    y_pred = ops.cast(y_pred, "float32")
    size = tuple(size)
    return y_pred if tuple(y_pred.shape[1:3]) == size else ops.image.resize(y_pred, size, interpolation="bilinear")
