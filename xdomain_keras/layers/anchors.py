"""Anchors: the default boxes of the single shot detector."""

import numpy as np

from xdomain_keras.errors import ConfigError

SSD300_FEATURE_SIZES = (38, 19, 10, 5, 3, 1)
SSD300_ASPECT_RATIOS = ((2,), (2, 3), (2, 3), (2, 3), (2,), (2,))
SSD300_STEPS = (8, 16, 32, 64, 100, 300)


def make_scales(num_levels):
    """Give the default anchor scales: 0.07, then evenly from 0.15 to 1.05.

    With 6 levels these are 21, 45, 99, 153, 207, 261 and 315 of 300 pixels, the scales of SSD300 on COCO.

    Args:
        num_levels: number of feature maps, at least 1.

    Returns:
        tuple of `num_levels + 1` floats.

    Example:

    >>> [round(300 * scale) for scale in make_scales(6)]
    [21, 45, 99, 153, 207, 261, 315]
    """
    return (0.07, *(float(scale) for scale in np.linspace(0.15, 1.05, num_levels)))


def count_anchors(aspect_ratios):
    """Count the anchors of one cell: the two squares, and each ratio lying and standing.

    Args:
        aspect_ratios: numbers over 1 of one level.

    Returns:
        int.

    Example:

    >>> count_anchors((2, 3))
    6
    """
    return 2 + 2 * len(aspect_ratios)


def make_anchors(image_size, feature_sizes, scales=None, aspect_ratios=(2, 3), steps=None):
    """Lay anchors over every cell of every feature map (Liu et al. 2016, SSD, §2.2).

    A cell of level k holds a square of side `s_k`, one of side `sqrt(s_k s_{k+1})`, and for each ratio r
    a box of `s_k sqrt(r)` by `s_k / sqrt(r)` and the same one standing. Boxes may reach over the image.
    The order is level, row, column, anchor.

    Args:
        image_size: (height, width) in pixels.
        feature_sizes: (height, width) of each level.
        scales: one number more than there are levels, each a fraction of the image's shorter side;
            None for `make_scales`.
        aspect_ratios: numbers over 1 for all levels, or one such tuple a level.
        steps: pixels between cells, a number a level; None for image size by feature size. SSD300 has
            `SSD300_STEPS`, which differ a little from that.

    Returns:
        float32 `[A, 4]`, relative xyxy.

    Raises:
        ConfigError: `scales`, `aspect_ratios` or `steps` do not fit the number of levels.

    Example:

    >>> sizes = [(size, size) for size in SSD300_FEATURE_SIZES]
    >>> make_anchors((300, 300), sizes, None, SSD300_ASPECT_RATIOS, SSD300_STEPS).shape
    (8732, 4)
    """
    num_levels = len(feature_sizes)
    scales = make_scales(num_levels) if scales is None else scales
    if len(scales) != num_levels + 1:
        raise ConfigError(f"scales: got {len(scales)} for {num_levels} levels; give {num_levels + 1}, or None.")
    if steps is not None and len(steps) != num_levels:
        raise ConfigError(f"steps: got {len(steps)} for {num_levels} levels; give {num_levels}, or None.")
    ratios = spread_ratios(aspect_ratios, num_levels)
    height, width = image_size
    levels = []
    for level, (rows, columns) in enumerate(feature_sizes):
        step_y, step_x = (steps[level],) * 2 if steps is not None else (height / rows, width / columns)
        center_y = (np.arange(rows) + 0.5) * step_y / height
        center_x = (np.arange(columns) + 0.5) * step_x / width
        shapes = _cell_shapes(scales[level], scales[level + 1], ratios[level])
        half = shapes * min(height, width) / np.array([width, height]) / 2
        center = np.stack(np.meshgrid(center_x, center_y), axis=-1)[:, :, None]
        levels.append(np.concatenate([center - half, center + half], axis=-1).reshape(-1, 4))
    return np.concatenate(levels).astype("float32")


def spread_ratios(aspect_ratios, num_levels):
    """Give every level its ratios, be they written once for all levels or a tuple a level.

    Args:
        aspect_ratios: numbers over 1, or one tuple of them a level.
        num_levels: number of feature maps.

    Returns:
        tuple of `num_levels` tuples.

    Raises:
        ConfigError: one tuple a level was given, but not for as many levels, or a ratio is not above 0.

    Example:

    >>> spread_ratios((2, 3), 2)
    ((2, 3), (2, 3))
    """
    for_all = all(isinstance(ratio, (int, float)) for ratio in aspect_ratios)
    levels = [aspect_ratios] * num_levels if for_all else aspect_ratios
    if not all(ratio > 0 for ratios in levels for ratio in ratios):
        raise ConfigError(f"aspect_ratios: {aspect_ratios}; expected numbers over 1.")
    if len(levels) != num_levels:
        raise ConfigError(
            f"aspect_ratios: got {len(aspect_ratios)} levels of them for {num_levels} feature maps; "
            f"give {num_levels}, or numbers for all levels such as (2, 3)."
        )
    return tuple(tuple(ratios) for ratios in levels)


def _cell_shapes(scale, next_scale, ratios):
    """Width and height of the anchors of one cell, in units of the scale, `[K, 2]`."""
    middle = np.sqrt(scale * next_scale)
    shapes = [(scale, scale), (middle, middle)]
    for ratio in ratios:
        lying = (scale * np.sqrt(ratio), scale / np.sqrt(ratio))
        shapes += [lying, lying[::-1]]
    return np.array(shapes)
