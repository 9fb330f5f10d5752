"""Scores of one salient-object map that see more than pixels: weighted F, S- and E-measure."""

import numpy as np

EPSILON = np.finfo(np.float64).eps


def weighted_f_measure(true, saliency, beta_squared=1.0):
    """The weighted F-measure of Margolin et al. (2014, §4).

    An error at a pixel of the object counts less where that around it is small (a Gaussian of 5 pixels over 7 × 7), one
    of the background more the further it is from the object, up to twice: `2 - exp(d ln(.5) / 5)`.

    Args:
        true: bool `[H, W]`.
        saliency: float `[H, W]` in [0, 1].
        beta_squared: β²; 1 there.

    Returns:
        float in [0, 1]; 0 without an object.

    Example:

    >>> true = np.eye(8, dtype=bool)
    >>> round(weighted_f_measure(true, true.astype(float)), 3)
    1.0
    """
    from scipy import ndimage

    if not true.any():
        return 0.0
    away, (rows, columns) = ndimage.distance_transform_edt(~true, return_indices=True)
    error = np.abs(saliency - true)
    nearest = np.where(true, error, error[rows, columns])
    line = np.exp(-(np.arange(-3, 4) ** 2) / (2 * 5.0**2))
    kernel = np.outer(line, line) / line.sum() ** 2
    around = ndimage.convolve(nearest, kernel, mode="constant")
    weighed = np.where(true, np.minimum(error, around), error * (2 - np.exp(np.log(0.5) / 5 * away)))
    hits = true.sum() - weighed[true].sum()
    recall = 1 - weighed[true].mean()
    precision = hits / (hits + weighed[~true].sum() + EPSILON)
    return float((1 + beta_squared) * recall * precision / (recall + beta_squared * precision + EPSILON))


def s_measure(true, saliency, alpha=0.5):
    """The structure measure `α S_object + (1 - α) S_region` of Fan et al. (2017).

    Args:
        true: bool `[H, W]`.
        saliency: float `[H, W]` in [0, 1].
        alpha: α.

    Returns:
        float in [0, 1].

    Example:

    >>> true = np.eye(8, dtype=bool)
    >>> round(s_measure(true, true.astype(float)), 3), round(s_measure(~true, true.astype(float)), 1)
    (1.0, 0.1)
    """
    part = true.mean()
    if part in (0, 1):
        return float(saliency.mean() if part else 1 - saliency.mean())
    whole = part * _likeness(saliency[true]) + (1 - part) * _likeness(1 - saliency[~true])
    return float(max(alpha * whole + (1 - alpha) * _region_likeness(true, saliency), 0.0))


def _likeness(values):
    """`2 m / (m² + 1 + σ)` of the values that should be 1 (Eq. 4 there)."""
    mean, deviation = values.mean(), values.std(ddof=1) if len(values) > 1 else 0.0
    return 2 * mean / (mean**2 + 1 + deviation + EPSILON)


def _region_likeness(true, saliency):
    """SSIM of the four parts around the object's centre, weighed by their areas."""
    row, column = np.round(np.argwhere(true).mean(0)).astype(int) + 1
    score = 0.0
    for rows in (slice(None, row), slice(row, None)):
        for columns in (slice(None, column), slice(column, None)):
            area = true[rows, columns].size
            if area:
                score += area / true.size * _ssim(saliency[rows, columns], true[rows, columns].astype(np.float64))
    return score


def _ssim(a, b):
    """The structural similarity of two patches (Eq. 1 there, without its constants)."""
    count = max(a.size - 1, 1)
    mean_a, mean_b = a.mean(), b.mean()
    variances = ((a - mean_a) ** 2).sum() / count + ((b - mean_b) ** 2).sum() / count
    covariance = ((a - mean_a) * (b - mean_b)).sum() / count
    upper, lower = 4 * mean_a * mean_b * covariance, (mean_a**2 + mean_b**2) * variances
    if upper:
        return upper / (lower + EPSILON)
    return 0.0 if lower else 1.0


def e_measure(num_hits, num_chosen, num_object, num_pixels):
    """The enhanced-alignment measure of Fan et al. (2018) of binary maps, from their counts.

    With `a = x - mean x` of either map, a pixel has the alignment `ξ = 2 a b / (a² + b²)`; the score is
    `Σ (ξ + 1)² / 4 / (HW - 1)`, as the authors' code divides. Maps without object, or full of it, are compared as
    they are.

    Args:
        num_hits: int array, pixels of the object that are chosen.
        num_chosen: int array, pixels that are chosen.
        num_object: int, pixels of the object.
        num_pixels: int.

    Returns:
        float array, from 0 up to HW / (HW - 1).

    Example:

    >>> e_measure(np.array([20, 0]), np.array([20, 20]), 20, 80).round(2).tolist()
    [1.01, 0.53]
    """
    num_hits, num_chosen = np.asarray(num_hits, np.float64), np.asarray(num_chosen, np.float64)
    if num_object == 0:
        total = num_pixels - num_chosen
    elif num_object == num_pixels:
        total = num_chosen
    else:
        means, total = (num_chosen / num_pixels, num_object / num_pixels), 0.0
        missed, wrong = num_object - num_hits, num_chosen - num_hits
        rest = num_pixels - num_hits - missed - wrong
        for count, chosen, true in ((num_hits, 1, 1), (wrong, 1, 0), (missed, 0, 1), (rest, 0, 0)):
            a, b = chosen - means[0], true - means[1]
            total = total + count * (2 * a * b / (a**2 + b**2 + EPSILON) + 1) ** 2 / 4
    return total / (num_pixels - 1 + EPSILON)
