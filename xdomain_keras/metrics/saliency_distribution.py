"""Saliency scores that compare two maps as distributions: CC, SIM and KL.

Definitions: Bylinskii et al., «What do different evaluation metrics tell us about saliency models?»
(TPAMI 2019), section 4, and the authors' MATLAB code (github.com/cvzoya/saliency). Where that code
divides by zero, the rule is the one of pysaliency: a prediction that says nothing (constant map) is read as
the uniform distribution, and a truth that says nothing gives NaN, an image to be left out.
"""

import numpy as np

from xdomain_keras.errors import DataError

# MATLAB's `eps` as the benchmark writes it.
EPSILON = 2.2204e-16


def correlation(density_true, saliency_pred):
    """Pearson's linear correlation CC of two maps.

    `CC = cov(D, S) / (σ(D) σ(S))`: Bylinskii et al., section 4.1.4.

    Args:
        density_true: float `[H, W]`, density of the fixations, in any unit.
        saliency_pred: float `[H, W]`, in any unit.

    Returns:
        Float in [−1, 1]; 0 for a constant prediction, NaN for a constant truth.

    Raises:
        DataError: the shapes differ, or a value is not finite.

    Example:

    >>> density = np.array([[0.0, 1.0], [2.0, 3.0]])
    >>> correlation(density, 5 - 2 * density)
    -1.0
    """
    density, saliency = _check_maps(density_true, saliency_pred)
    if np.ptp(density) == 0:
        return float("nan")
    if np.ptp(saliency) == 0:
        return 0.0
    density, saliency = density - density.mean(), saliency - saliency.mean()
    return float((density * saliency).sum() / np.sqrt((density**2).sum() * (saliency**2).sum()))


def similarity(density_true, saliency_pred, subtract_minimum=True):
    """Histogram intersection SIM of two maps.

    `SIM = Σ_i min(D_i, S_i)`, both of sum 1: Bylinskii et al., section 4.1.3.

    Args:
        density_true: float `[H, W]`, density of the fixations, in any unit.
        saliency_pred: float `[H, W]`, in any unit.
        subtract_minimum: whether each map's minimum becomes 0 first, as in the MIT code; `False` does so
            only for maps with negative values, as pysaliency does.

    Returns:
        Float in [0, 1]; NaN for a truth without fixations (zero map).

    Raises:
        DataError: the shapes differ, or a value is not finite.

    Example:

    >>> similarity(np.array([[1.0, 1.0, 0.0]]), np.array([[0.0, 2.0, 2.0]]))
    0.5
    """
    density, saliency = _check_maps(density_true, saliency_pred)
    if not density.any():
        return float("nan")
    return float(
        np.minimum(_to_distribution(density, subtract_minimum), _to_distribution(saliency, subtract_minimum)).sum()
    )


def kl_divergence(density_true, saliency_pred, epsilon=EPSILON):
    """Kullback-Leibler divergence from the truth to the prediction; 0 is perfect.

    `KL = Σ_i D_i log(ε + D_i / (S_i + ε))`, both of sum 1: Bylinskii et al., section 4.1.5.

    Args:
        density_true: float `[H, W]`, density of the fixations, in any unit.
        saliency_pred: float `[H, W]`, in any unit; a map with negative values is shifted to minimum 0.
        epsilon: regularisation ε; the larger, the milder is a prediction of 0 where people looked.

    Returns:
        Float (in nats), ≥ 0 up to ε; NaN for a truth without fixations (zero map).

    Raises:
        DataError: the shapes differ, or a value is not finite.

    Example:

    >>> round(kl_divergence(np.array([[1.0, 0.0]]), np.array([[1.0, 1.0]])), 4)  # log 2
    0.6931
    """
    density, saliency = _check_maps(density_true, saliency_pred)
    if not density.any():
        return float("nan")
    density, saliency = _to_distribution(density), _to_distribution(saliency)
    return float((density * np.log(epsilon + density / (saliency + epsilon))).sum())


def _check_maps(density_true, saliency_pred):
    density, saliency = np.asarray(density_true, np.float64), np.asarray(saliency_pred, np.float64)
    if density.shape != saliency.shape or density.ndim != 2:
        raise DataError(
            f"maps: got shapes {density.shape} and {saliency.shape}; expected two equal [H, W]; resize the prediction."
        )
    if not (np.isfinite(density).all() and np.isfinite(saliency).all()):
        raise DataError("maps: found NaN or infinity; expected finite values; look for the step that diverged.")
    return density, saliency


def _to_distribution(saliency, subtract_minimum=False):
    if subtract_minimum or saliency.min() < 0:
        saliency = saliency - saliency.min()
    total = saliency.sum()
    return saliency / total if total > 0 else np.full(saliency.shape, 1 / saliency.size)
