import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching

from xdomain_keras.errors import DataError
from xdomain_keras.metrics import EdgeMetrics
from xdomain_keras.metrics.edge_matching import match


def draw(seed, annotators=2):
    rng = np.random.default_rng(seed)
    true = np.zeros((30, 40, annotators), np.uint8)
    for annotator in range(annotators):
        true[8 + rng.integers(3), 5:35, annotator] = 1
        true[5:28, 20 + rng.integers(3), annotator] = 1
    return true, np.clip(true.mean(-1) * 0.8 + rng.uniform(0, 0.5, true.shape[:2]), 0, 1)


def by_formula(pairs, thresholds, reach):
    """Counts of every image and threshold, by the words of the protocol."""
    counts = np.zeros((len(pairs), len(thresholds), 4))
    for n, (true, pred) in enumerate(pairs):
        for k, threshold in enumerate(thresholds):
            cut = pred >= threshold
            matches = [match(cut, true[..., a] == 1, reach) for a in range(true.shape[-1])]
            right = np.any([matched for matched, _ in matches], axis=0).sum()
            counts[n, k] = right, cut.sum(), sum(pairs for _, pairs in matches), (true == 1).sum()
    return counts


def f_measure(counts):
    right, predicted, found, true = counts
    precision, recall = right / max(predicted, 1), found / true
    return 2 * precision * recall / (precision + recall) if found else 0.0


def test_ods_takes_one_threshold_and_ois_one_an_image():
    pairs = [draw(seed) for seed in range(3)]
    metrics = EdgeMetrics(tolerance=0.02, thresholds=9, thinned=False)
    for pair in pairs:
        metrics.update_state(*pair)
    counts = by_formula(pairs, np.arange(1, 10) / 10, 0.02 * 50)
    result = metrics.result()
    assert result["odsF"] == pytest.approx(max(f_measure(column) for column in counts.sum(0)))
    best = [max(rows, key=f_measure) for rows in counts]
    assert result["oisF"] == pytest.approx(f_measure(np.sum(best, axis=0)))
    assert result["oisF"] >= result["odsF"] and 0 < result["AP"] <= 1


def test_perfect_edges_of_one_annotator_score_one():
    true, _ = draw(0, annotators=1)
    metrics = EdgeMetrics(thresholds=5)
    metrics.update_state(true[..., 0], 0.9 * true[..., 0])
    assert metrics.result()["odsF"] > 0.98


def test_edges_a_pixel_off_are_within_the_tolerance_and_further_ones_are_not():
    true = np.zeros((60, 80), np.uint8)
    true[:, 40] = 1
    for shift, expected in ((0, 1.0), (2, 1.0), (4, 0.0)):
        metrics = EdgeMetrics(tolerance=0.025, thresholds=3, thinned=False)  # 2.5 px
        metrics.update_state(true, np.roll(true, shift, axis=1).astype(float))
        assert metrics.result()["odsF"] == expected


def test_ignored_pixels_are_no_edges_and_nothing_true_is_nan():
    metrics = EdgeMetrics(thresholds=3, thinned=False)
    metrics.update_state(np.full((5, 5), 255, np.uint8), np.ones((5, 5)))
    assert all(np.isnan(value) for value in metrics.result().values())
    metrics.update_state(*draw(0), sample_weight=0)
    assert np.isnan(metrics.result()["odsF"])


def test_mistakes_are_named():
    metrics = EdgeMetrics()
    with pytest.raises(DataError, match="one shape"):
        metrics.update_state(np.ones((2, 2)), np.ones((2, 3)))
    with pytest.raises(DataError, match="not finite"):
        metrics.update_state(np.ones((1, 1)), np.full((1, 1), np.nan))
    assert EdgeMetrics.from_config(EdgeMetrics(thresholds=7).get_config()).thresholds == 7


@pytest.mark.parametrize("seed", range(5))
def test_as_many_pairs_as_a_bipartite_matching_finds(seed):
    rng = np.random.default_rng(seed)
    predicted, true = rng.random((2, 25, 30)) < rng.uniform(0.05, 0.4)
    matched, pairs = match(predicted, true, max_distance=2.3)
    first, second = np.argwhere(predicted), np.argwhere(true)
    near = ((first[:, None] - second) ** 2).sum(-1) <= 2.3**2
    expected = (maximum_bipartite_matching(csr_matrix(near), perm_type="column") >= 0).sum()
    assert pairs == expected == matched.sum() and not (matched & ~predicted).any()
