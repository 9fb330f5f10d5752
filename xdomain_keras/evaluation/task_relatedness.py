"""How alike two tasks see the same images: representation similarity analysis (RSA)."""

import numpy as np

from xdomain_keras.errors import DataError


def representation_dissimilarity(features):
    """Compare the features of every pair of images.

    `RDM[i, j] = 1 − ρ(f_i, f_j)` with Pearson's correlation ρ: paper 000, section 5.5, after Kriegeskorte
    et al., «Representational similarity analysis» (2008).

    Args:
        features: float `[n, d]`, one row an image (feature maps flattened or pooled by the caller), d ≥ 2.

    Returns:
        float64 `[n, n]` in [0, 2], symmetric, with zeros on the diagonal.

    Raises:
        DataError: the features are not `[n, d]`, not finite, or constant for an image.

    Example:

    >>> representation_dissimilarity(np.array([[0.0, 1.0], [5.0, 7.0], [3.0, 2.0]])).round(6).tolist()
    [[0.0, 0.0, 2.0], [0.0, 0.0, 2.0], [2.0, 2.0, 0.0]]
    """
    features = np.asarray(features, np.float64)
    if features.ndim != 2:
        raise DataError(f"features: got shape {features.shape}; expected [n, d]; flatten or pool the feature maps.")
    if not np.isfinite(features).all():
        raise DataError("features: found NaN or infinity; expected finite values; look for the step that diverged.")
    constant = np.flatnonzero(np.ptp(features, axis=1) == 0) if features.shape[1] else np.arange(len(features))
    if len(constant):
        raise DataError(
            f"features: row {constant[0]} is constant, so it correlates with nothing; leave that image out."
        )
    centered = features - features.mean(axis=1, keepdims=True)
    unit = centered / np.linalg.norm(centered, axis=1, keepdims=True)
    dissimilarity = 1 - np.clip(unit @ unit.T, -1, 1)
    np.fill_diagonal(dissimilarity, 0)
    return (dissimilarity + dissimilarity.T) / 2


def task_relatedness(features_a, features_b):
    """Relate two tasks by the features their networks give the same images.

    `ρ_s(triu(RDM_a), triu(RDM_b))`: Spearman's rank correlation of the upper triangles (without the diagonal) of
    both dissimilarity matrices; paper 000, section 5.5 and table 3, over 100 images.

    Args:
        features_a: float `[n, d_a]`, features of task a, one row an image, n ≥ 3.
        features_b: float `[n, d_b]`, features of task b for the same images in the same order.

    Returns:
        Float in [−1, 1]; 1 where both order all pairs of images alike.

    Raises:
        DataError: fewer than 3 images, different numbers of them, bad features, or all pairs of images
            equally far apart.

    Example:

    >>> features = np.random.default_rng(0).normal(size=(10, 6))
    >>> round(task_relatedness(features, 3 * features + 1), 6)
    1.0
    """
    num_images = len(features_a), len(features_b)
    if num_images[0] != num_images[1]:
        raise DataError(f"features: got {num_images[0]} and {num_images[1]} images; give both tasks the same images.")
    if num_images[0] < 3:
        raise DataError(f"features: got {num_images[0]} images; expected at least 3, to have pairs to rank.")
    upper = np.triu_indices(num_images[0], k=1)
    # Rounded, so that pairs which are equally dissimilar tie whatever the last bits say.
    ranks = [_rank(representation_dissimilarity(features)[upper].round(10)) for features in (features_a, features_b)]
    for name, values in zip(("features_a", "features_b"), ranks, strict=True):
        if np.ptp(values) == 0:
            raise DataError(f"{name}: all pairs of images are equally dissimilar; expected features that differ.")
    return float(np.clip(np.corrcoef(*ranks)[0, 1], -1, 1))


def _rank(values):
    """Rank from 1, equal values sharing the mean of their ranks."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[inverse]
