"""Windows cut out of maps and stretched to their size, differentiably."""

import keras
from keras import ops


def crop_resize(maps, windows, nearest=False):
    """Cut a window out of every map and stretch it to the map's own size.

    Interpolation is separable: one matrix of weights a side, `rows · map · columnsᵀ`.

    Args:
        maps: float `[B, H, W, C]`.
        windows: float `[B, 4]`: top, left, height and width as parts of the map's, within [0, 1].
        nearest: take the nearest cell, as ids and what may be unknown want it, instead of interpolating linearly.

    Returns:
        float `[B, H, W, C]`.

    Example:

    >>> column = ops.reshape(ops.array([0.0, 1.0, 2.0, 3.0]), (1, 4, 1, 1))
    >>> ops.convert_to_numpy(crop_resize(column, ops.array([[0.5, 0.0, 0.5, 1.0]]))).ravel().tolist()
    [1.75, 2.25, 2.75, 3.0]
    """
    maps, windows = ops.convert_to_tensor(maps), ops.convert_to_tensor(windows)
    rows = interpolation(maps.shape[1], windows[:, 0], windows[:, 2], nearest)
    columns = interpolation(maps.shape[2], windows[:, 1], windows[:, 3], nearest)
    return ops.einsum("bjw,biwc->bijc", columns, ops.einsum("bih,bhwc->biwc", rows, maps))


def interpolation(size, start, extent, nearest):
    """Weights `[B, size, size]` of each old cell for each new one; beyond the border the last cell goes on."""
    centers = (start[:, None] + extent[:, None] * (ops.arange(size, dtype="float32") + 0.5) / size) * size - 0.5
    centers = ops.clip(centers, 0.0, size - 1.0)
    if nearest:
        return ops.one_hot(ops.cast(ops.floor(centers + 0.5), "int32"), size, dtype="float32")
    return ops.maximum(0.0, 1 - ops.abs(centers[:, :, None] - ops.arange(size, dtype="float32")))


def random_windows(num_windows, smallest, seed):
    """Windows of a random size, anywhere, in the shape of the map.

    Args:
        num_windows: int.
        smallest: side as a part of the map's; sizes are uniform in [smallest, 1].
        seed: `keras.random.SeedGenerator`.

    Returns:
        float `[num_windows, 4]` for `crop_resize`.

    Example:

    >>> windows = random_windows(5, 0.5, keras.random.SeedGenerator(0))
    >>> bool(ops.all(windows[:, :2] + windows[:, 2:] <= 1))
    True
    """
    draws = keras.random.uniform((num_windows, 3), seed=seed)
    side = smallest + (1 - smallest) * draws[:, :1]
    return ops.concatenate([(1 - side) * draws[:, 1:], side, side], axis=1)
