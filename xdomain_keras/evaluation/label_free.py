"""Scores of a network on a domain whose labels nobody has: what can be chosen by without them."""

import numpy as np

from xdomain_keras.errors import DataError


def entropy(probabilities):
    """Mean entropy of class probabilities, as a part of the largest, `-Σ p ln p / ln C`.

    Args:
        probabilities: float `[…, C]`.

    Returns:
        float in [0, 1]; the lower, the surer.

    Example:

    >>> entropy(np.array([[0.5, 0.5], [1.0, 0.0]]))
    0.5
    """
    p = np.asarray(probabilities, np.float64)
    return float(-(p * np.log(np.maximum(p, 1e-12))).sum(-1).mean() / np.log(p.shape[-1]))


def reverse_score(features, predictions, other_features, truth, known, ridge=1e-3):
    """How well what a network believes in an unlabelled domain leads back to the labels of another.

    Reverse validation (Zhong et al. 2010; Ganin et al. 2016, §5.1.4) with a linear model for the reverse learner: least
    squares with a ridge from the features of the unlabelled domain to the network's own predictions there, applied to
    the features of the labelled domain, and R² against its labels. Where the features of the two lie apart, or the
    predictions are not a function of them, it is low.

    Args:
        features: float `[n, d]`, of places in the unlabelled domain.
        predictions: float `[n, c]`, there.
        other_features: float `[m, d]`, of places in the labelled domain.
        truth: float `[m, c]`, there.
        known: bool `[m]`, which of them are known.
        ridge: times the number of places, added to the diagonal of the standardised features.

    Returns:
        float up to 1: 1 - (squares that are left) / (squares about the mean).

    Raises:
        DataError: a feature is not finite, or fewer than two places are known.

    Example:

    >>> rows = np.eye(4)
    >>> round(reverse_score(rows, rows[:, :2], rows[::-1], rows[::-1, :2], np.ones(4, bool), ridge=1e-9), 4)
    1.0
    """
    values = [np.asarray(rows, np.float64) for rows in (features, predictions, other_features, truth)]
    features, predictions, other_features, truth = values
    if not all(np.isfinite(rows).all() for rows in (features, predictions, other_features)):
        raise DataError("features: found NaN or infinity; look for the step that diverged.")
    if known.sum() < 2:
        raise DataError(f"reverse validation: {int(known.sum())} known places; expected two or more.")
    mean, deviation = features.mean(0), features.std(0) + 1e-6
    rows, middle = (features - mean) / deviation, predictions.mean(0)
    gram = rows.T @ rows + ridge * len(rows) * np.eye(rows.shape[1])
    slope = np.linalg.solve(gram, rows.T @ (predictions - middle))
    guess, truth = ((other_features - mean) / deviation @ slope + middle)[known], truth[known]
    return float(1 - ((truth - guess) ** 2).sum() / max(((truth - truth.mean(0)) ** 2).sum(), 1e-12))
