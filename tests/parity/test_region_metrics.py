"""Scores of segmentations against scikit-image and scikit-learn."""

import numpy as np
import pytest
from scipy import ndimage

from xdomain_keras.metrics.regions import compare_segmentations, contingency

pytestmark = pytest.mark.backend_free
skimage_metrics = pytest.importorskip("skimage.metrics")
cluster = pytest.importorskip("sklearn.metrics")


def draw_segmentations(count, seed=0):
    """Yield pairs of int maps with some tens of regions of all sizes."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        size = rng.integers(20, 60, 2)
        pair = [ndimage.gaussian_filter(rng.normal(size=size), rng.uniform(1, 4)) for _ in range(2)]
        cuts = [np.quantile(field, np.linspace(0, 1, rng.integers(3, 12))[1:-1]) for field in pair]
        yield tuple(np.digitize(field, at) for field, at in zip(pair, cuts, strict=True))


def adapted_rand_error(table):
    """1 - F of the pairs of pixels (Arganda-Carreras et al. 2015), from our table."""
    together, true, pred = ((counts**2).sum() - table.sum() for counts in (table, table.sum(1), table.sum(0)))
    precision, recall = together / pred, together / true
    return 1 - 2 * precision * recall / (precision + recall)


def differences(count):
    """Largest differences over random maps: (variation of information, Rand index, adapted Rand error)."""
    worst = np.zeros(3)
    for true, pred in draw_segmentations(count):
        table = contingency(true, pred)
        _, rand, variation = compare_segmentations(table)
        expected = sum(skimage_metrics.variation_of_information(true, pred))
        # Region 0 is counted by scikit-image only where nothing is to be ignored.
        error, _, _ = skimage_metrics.adapted_rand_error(true + 1, pred + 1, ignore_labels=())
        apart = [variation - expected, rand - cluster.rand_score(true.ravel(), pred.ravel())]
        worst = np.maximum(worst, np.abs([*apart, adapted_rand_error(table) - error]))
    return worst


def test_the_scores_are_those_of_the_references():
    assert differences(200).max() < 1e-6
