"""Gaze points to maps: pixels, counts and the blurred density."""

import cv2
import numpy as np

from xdomain_keras.errors import DataError


def fixation_pixels(fixations_xy, shape):
    """Find the pixels that gaze points fall on.

    A point belongs to the pixel that contains it, `(floor(x), floor(y))`, as in pysaliency. Points
    outside the image (and NaN) are dropped; a pixel that was looked at twice is listed twice.

    Args:
        fixations_xy: float `[M, 2]`, gaze points in pixels of the map; M may be 0.
        shape: (height, width) of the map.

    Returns:
        int64 arrays (rows `[K]`, columns `[K]`), K ≤ M.

    Raises:
        DataError: `fixations_xy` is not `[M, 2]`.

    Example:

    >>> rows, columns = fixation_pixels([[2.9, 0.0], [4.0, 1.0]], (3, 4))
    >>> rows.tolist(), columns.tolist()
    ([0], [2])
    """
    points = np.asarray(fixations_xy, np.float64)
    if points.size == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    if points.ndim != 2 or points.shape[1] != 2:
        raise DataError(f"fixations_xy: got shape {points.shape}; expected [M, 2], one (x, y) in pixels a row.")
    height, width = shape
    inside = ((points >= 0) & (points < (width, height))).all(axis=1)
    columns, rows = np.floor(points[inside]).astype(np.int64).T
    return rows, columns


def fixation_counts(fixations_xy, shape):
    """Count the gaze points on every pixel (`fixation_pixels` says which those are).

    Args:
        fixations_xy: float `[M, 2]`, gaze points in pixels of the map; M may be 0.
        shape: (height, width) of the map.

    Returns:
        int64 `[H, W]`.

    Raises:
        DataError: `fixations_xy` is not `[M, 2]`.

    Example:

    >>> fixation_counts([[0.2, 1.7], [0.9, 1.0]], (2, 2)).tolist()
    [[0, 0], [2, 0]]
    """
    height, width = shape
    rows, columns = fixation_pixels(fixations_xy, shape)
    return np.bincount(rows * width + columns, minlength=height * width).reshape(height, width)


def fixation_density(fixations_xy, shape, sigma_pixels):
    """Blur gaze points to a saliency density with maximum 1.

    `D(p) ∝ Σ_f exp(−‖p − f‖² / 2σ²)`, the Gaussian cut at 4σ. Outside the image is nothing: what a
    point near the border spreads outwards is lost, so sums are kept only for points at least 4σ from
    it (the MIT saliency benchmark pads with zeros too, pysaliency's `FixationMap` reflects).

    Args:
        fixations_xy: float `[M, 2]`, gaze points in pixels of the map (scaled beforehand); M may be 0.
        shape: (height, width) of the map.
        sigma_pixels: standard deviation of the Gaussian, > 0; about one degree of visual angle.

    Returns:
        float32 `[H, W]` with maximum 1; all zero where no point is inside.

    Raises:
        DataError: `fixations_xy` is not `[M, 2]`, or `sigma_pixels` is not positive.

    Example:

    >>> density = fixation_density([[8.0, 4.0]], (9, 17), sigma_pixels=2.0)
    >>> density.shape, float(density[4, 8]), round(float(density[4, 10]), 4)
    ((9, 17), 1.0, 0.6065)
    """
    if not sigma_pixels > 0:
        raise DataError(f"sigma_pixels: got {sigma_pixels}; expected a positive width of the Gaussian in pixels.")
    counts = fixation_counts(fixations_xy, shape).astype(np.float32)
    if not counts.any():
        return counts
    size = 2 * int(np.ceil(4 * sigma_pixels)) + 1
    density = cv2.GaussianBlur(counts, (size, size), sigma_pixels, borderType=cv2.BORDER_CONSTANT)
    return density / density.max()
