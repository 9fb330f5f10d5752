"""Saliency scores that read the map where people looked: NSS and the three AUCs.

Definitions: Bylinskii et al., «What do different evaluation metrics tell us about saliency models?»
(TPAMI 2019), section 4, and the authors' MATLAB code (github.com/cvzoya/saliency). Two conventions
live: the MIT benchmark counts each fixated **pixel** once (`distinct=True`, the default here), pysaliency
counts each **fixation** (`distinct=False`). Points go to pixels by `floor`; those outside the map are
dropped; an image without any gives NaN, to be left out of a mean.

An AUC is linear in its negatives: it is the mean over them of `(#{p > n} + #{p = n} / 2) / #p`, with p
the positives. So the mean AUC over random splits is one mean over all values drawn, and its
limit for infinitely many splits (`num_splits=None`) needs no drawing.
"""

import numpy as np

from xdomain_keras.data.fixation_map import fixation_counts, fixation_pixels
from xdomain_keras.errors import DataError


def nss(fixations_true_xy, saliency_pred, distinct=True):
    """Normalised scanpath saliency: the map's mean z-score where people looked; 0 is chance.

    `NSS = 1/N Σ_i (S(f_i) − mean S) / σ(S)`: Bylinskii et al., section 4.1.2. σ is that of the population, as in
    pysaliency; MATLAB's `std` divides by pixels − 1, a relative difference of 1e-6 at a megapixel.

    Args:
        fixations_true_xy: float `[M, 2]`, gaze points in pixels of the map.
        saliency_pred: float `[H, W]`, in any unit.
        distinct: whether a pixel that was looked at twice counts once.

    Returns:
        Float; 0 for a constant map, NaN without fixations on the map.

    Raises:
        DataError: a shape is wrong, or a value of the map is not finite.

    Example:

    >>> nss([[1.0, 0.0]], np.array([[0.0, 1.0], [0.0, 1.0]]))
    1.0
    """
    saliency = _check_map(saliency_pred)
    positives = saliency[_fixated(fixations_true_xy, saliency.shape, distinct)]
    if not len(positives):
        return float("nan")
    if np.ptp(saliency) == 0:
        return 0.0
    return float((positives.mean() - saliency.mean()) / saliency.std())


def auc_judd(fixations_true_xy, saliency_pred, distinct=True, jitter_seed=None):
    """AUC-Judd: fixated against all other pixels, thresholds at the fixated values.

    The ROC curve has a point for each value that a fixated pixel takes, joined by straight lines
    (Bylinskii et al., section 4.1.1). Equal values share a threshold, as in pysaliency, so a constant map
    scores 0.5; the MATLAB code differs there, and adds noise to avoid such ties.

    Args:
        fixations_true_xy: float `[M, 2]`, gaze points in pixels of the map.
        saliency_pred: float `[H, W]`, in any unit.
        distinct: whether a pixel that was looked at twice counts once.
        jitter_seed: int to add uniform noise in [0, 1e-7) to the map, as the MATLAB code does; `None` adds none.

    Returns:
        Float in [0, 1]; NaN without fixations on the map, or where every pixel is fixated.

    Raises:
        DataError: a shape is wrong, or a value of the map is not finite.

    Example:

    >>> auc_judd([[1.0, 0.0]], np.array([[0.0, 9.0], [1.0, 2.0]]))
    1.0
    """
    saliency = _check_map(saliency_pred)
    if jitter_seed is not None:
        saliency = saliency + np.random.default_rng(jitter_seed).random(saliency.shape) * 1e-7
    positives = np.sort(saliency[_fixated(fixations_true_xy, saliency.shape, distinct)])
    negatives = np.sort(saliency[fixation_counts(fixations_true_xy, saliency.shape) == 0])
    if not len(positives) or not len(negatives):
        return float("nan")
    thresholds = np.unique(positives)[::-1]
    hits = 1 - np.searchsorted(positives, thresholds) / len(positives)
    false_alarms = 1 - np.searchsorted(negatives, thresholds) / len(negatives)
    return float(np.trapezoid(np.r_[0, hits, 1], np.r_[0, false_alarms, 1]))


def auc_borji(fixations_true_xy, saliency_pred, num_splits=100, step=0.1, seed=0, distinct=True):
    """AUC-Borji: fixated against uniformly random pixels, thresholds on a grid.

    As many random pixels as fixations are drawn (with replacement, from the whole map) `num_splits`
    times (Bylinskii et al., section 4.1.1).

    Args:
        fixations_true_xy: float `[M, 2]`, gaze points in pixels of the map.
        saliency_pred: float `[H, W]`, in any unit.
        num_splits: number of random draws; `None` takes every pixel once, the exact expectation.
        step: distance of the thresholds on the map scaled to [0, 1] (0.1 in the MIT code); `None`
            compares the values themselves.
        seed: int, or list of ints, seed of the draws.
        distinct: whether a pixel that was looked at twice counts once.

    Returns:
        Float in [0, 1]; 0.5 for a constant map, NaN without fixations on the map.

    Raises:
        DataError: a shape is wrong, or a value of the map is not finite.

    Example:

    >>> auc_borji([[0.0, 0.0]], np.array([[1.0, 0.5], [0.0, 0.0]]), num_splits=None)
    0.875
    """
    levels = threshold_levels(saliency_pred, step)
    positives = levels[_fixated(fixations_true_xy, levels.shape, distinct)]
    negatives = levels.ravel()
    if num_splits is not None:
        drawn = np.random.default_rng(seed).integers(negatives.size, size=(num_splits, len(positives)))
        negatives = negatives[drawn].ravel()
    return _pairwise_auc(positives, negatives)


def auc_shuffled(fixations_true_xy, saliency_pred, other_fixations_xy, num_splits=100, step=0.1, seed=0, distinct=True):
    """Shuffled AUC: fixated against pixels that were fixated on other images, so centre bias earns nothing.

    As many of these as there are fixations (or all, where they are fewer) are drawn without replacement
    `num_splits` times (Bylinskii et al., section 4.1.1).

    Args:
        fixations_true_xy: float `[M, 2]`, gaze points in pixels of the map.
        saliency_pred: float `[H, W]`, in any unit.
        other_fixations_xy: float `[K, 2]`, gaze points on other images, scaled to pixels of this map.
        num_splits: number of random draws; `None` takes every one once, the exact expectation.
        step: distance of the thresholds on the map scaled to [0, 1] (0.1 in the MIT code); `None`
            compares the values themselves.
        seed: int, or list of ints, seed of the draws.
        distinct: whether a pixel that was looked at twice counts once. The others count as often as they are
            listed: the union of very many images would cover the middle and forget how often it is looked at.

    Returns:
        Float in [0, 1]; 0.5 for a constant map, NaN without fixations or without others on the map.

    Raises:
        DataError: a shape is wrong, or a value of the map is not finite.

    Example:

    >>> auc_shuffled([[0.0, 0.0]], np.array([[1.0, 0.5], [0.0, 0.0]]), [[1.0, 1.0], [0.0, 0.0]], num_splits=None)
    0.75
    """
    levels = threshold_levels(saliency_pred, step)
    positives = levels[_fixated(fixations_true_xy, levels.shape, distinct)]
    negatives = levels[fixation_pixels(other_fixations_xy, levels.shape)]
    if num_splits is not None:
        generator, size = np.random.default_rng(seed), min(len(positives), len(negatives))
        drawn = [generator.choice(len(negatives), size, replace=False, shuffle=False) for _ in range(num_splits)]
        negatives = negatives[np.concatenate(drawn)]
    return _pairwise_auc(positives, negatives)


def threshold_levels(saliency_pred, step):
    """Replace each value of a map by the number of thresholds 0, step, 2 step, … that it reaches.

    Only the order of a map's values matters to an AUC, so these levels give the same AUC-Borji and
    shuffled AUC as the map (with `step=None`), in a hundredth of its memory once compressed.

    Args:
        saliency_pred: float `[H, W]`, in any unit; scaled to [0, 1] first.
        step: distance of the thresholds, in (0, 1]; `None` returns the map as it is.

    Returns:
        `[H, W]` of the smallest unsigned dtype, or the map itself in float64.

    Raises:
        DataError: the map is not `[H, W]`, or a value of it is not finite.

    Example:

    >>> threshold_levels(np.array([[0.0, 1.0], [2.0, 4.0]]), step=0.5).tolist()
    [[1, 1], [2, 3]]
    """
    saliency = _check_map(saliency_pred)
    if step is None:
        return saliency
    extent = np.ptp(saliency)
    scaled = (saliency - saliency.min()) / (extent if extent > 0 else 1.0)
    # Half an ulp of slack, so that 1 reaches 10 x 0.1 whatever rounding did to the product.
    thresholds = np.arange(int(1 / step + 1e-9) + 1) * step * (1 - 1e-15)
    return np.searchsorted(thresholds, scaled, side="right").astype(np.min_scalar_type(len(thresholds)))


def _check_map(saliency_pred):
    saliency = np.asarray(saliency_pred, np.float64)
    if saliency.ndim != 2 or not saliency.size:
        raise DataError(f"saliency map: got shape {saliency.shape}; expected [H, W]; take one image and one channel.")
    if not np.isfinite(saliency).all():
        raise DataError("saliency map: found NaN or infinity; expected finite values; look for the step that diverged.")
    return saliency


def _fixated(fixations_xy, shape, distinct):
    return np.nonzero(fixation_counts(fixations_xy, shape)) if distinct else fixation_pixels(fixations_xy, shape)


def _pairwise_auc(positives, negatives):
    if not len(positives) or not len(negatives):
        return float("nan")
    positives = np.sort(positives)
    below, up_to = (np.searchsorted(positives, negatives, side=side) for side in ("left", "right"))
    return float(1 - (below + up_to).mean() / (2 * len(positives)))
