import numpy as np
import pytest

from xdomain_keras.errors import ConfigError, DataError
from xdomain_keras.metrics import KeypointsMetrics


def draw(seed, count=6):
    rng = np.random.default_rng(seed)
    true = np.concatenate([rng.uniform(0, 50, (count, 2)), rng.uniform(1, 4, (count, 1))], axis=1)
    true = np.concatenate([true, rng.integers(0, 3, (count, 1))], axis=1)
    true[:2, 3], true[2, 2] = 2, 0
    return true, true + rng.normal(0, 3, true.shape)


@pytest.mark.parametrize("normalizer", ["box", "image"])
def test_scores_are_those_of_the_formulas(normalizer):
    metrics = KeypointsMetrics(normalizer, threshold=0.08)
    means, within, depths = [], [], []
    for seed in range(5):
        true, pred = draw(seed)
        metrics.update_state(true, pred, (40, 60))
        own = []
        known = [row for row in range(6) if true[row, 3] > 0]
        width, height = (max(true[known, axis]) - min(true[known, axis]) for axis in (0, 1))
        unit = np.sqrt(width * height if normalizer == "box" else 40 * 60)
        for row in known:
            own.append(np.hypot(*(true[row, :2] - pred[row, :2])) / unit)
            within.append(own[-1] < 0.08)
            if true[row, 2] > 0:
                depths.append(abs(true[row, 2] - pred[row, 2]))
        means.append(np.mean(own))
    expected = {"NME": np.mean(means), "PCK": np.mean(within), "depth_abs": np.mean(depths)}
    assert metrics.result() == pytest.approx(expected)
    assert 0 < metrics.result()["PCK"] < 1


def test_nothing_known_is_nan_and_a_state_can_be_reset():
    metrics = KeypointsMetrics()
    true, pred = draw(0)
    metrics.update_state(true * [1, 1, 1, 0], pred, (40, 60))
    metrics.update_state(true, pred, (40, 60), sample_weight=0)
    assert all(np.isnan(value) for value in metrics.result().values())
    metrics.update_state(true, pred, (40, 60))
    metrics.reset_state()
    assert np.isnan(metrics.result()["NME"])


def test_an_image_whose_box_is_empty_counts_for_depths_alone():
    """One keypoint, or some in a row: nothing to divide by, and no reason to end a run after its training."""
    metrics, alone = KeypointsMetrics(), KeypointsMetrics()
    true, pred = draw(0)
    alone.update_state(true, pred, (40, 60))
    for update in ((true, pred), (true[:1], pred[:1]), (true[:2] * [1, 0, 1, 1], pred[:2])):
        metrics.update_state(*update, (40, 60))
    found, expected = metrics.result(), alone.result()
    assert {name: found[name] for name in ("NME", "PCK")} == {name: expected[name] for name in ("NME", "PCK")}
    known = [row for row in range(6) if true[row, 3] > 0 and true[row, 2] > 0]
    depths = np.abs(true - pred)[:, 2]
    assert found["depth_abs"] == pytest.approx(np.mean([*depths[known], depths[0], *depths[:2]]))


def test_mistakes_are_named():
    true, pred = draw(0)
    with pytest.raises(DataError, match="6 in the labels, 5 predicted"):
        KeypointsMetrics().update_state(true, pred[:5], (40, 60))
    with pytest.raises(ConfigError, match="normalizer"):
        KeypointsMetrics("boxes")


@pytest.mark.parametrize("seed", range(5))
def test_the_average_precision_of_peaks_is_scikit_learns(seed):
    sklearn = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(seed)
    metrics, positive, peaks = KeypointsMetrics("image", absent=True), [], []
    for _ in range(4):
        true, pred = draw(seed)
        true[:, 3] = rng.integers(0, 3, 6)
        pred[:, 3] = rng.integers(0, 8, 6) / 8  # with peaks alike
        metrics.update_state(true, pred, (40, 60))
        positive.extend(true[:, 3] > 0)
        peaks.extend(pred[:, 3])
    assert metrics.result()["presence_AP"] == pytest.approx(sklearn.average_precision_score(positive, peaks))


def test_of_absent_keypoints_alone_there_is_no_precision():
    metrics = KeypointsMetrics(absent=True)
    metrics.update_state(np.zeros((3, 4)), np.zeros((3, 4)), (8, 8))
    assert np.isnan(metrics.result()["presence_AP"])
