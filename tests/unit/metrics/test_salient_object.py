import numpy as np
import pytest

from xdomain_keras.errors import DataError
from xdomain_keras.metrics import SalientObjectMetrics
from xdomain_keras.metrics.structure import e_measure, s_measure, weighted_f_measure


def draw(seed):
    rng = np.random.default_rng(seed)
    mask = np.zeros((12, 15), np.uint8)
    mask[2:8, 3:9] = 1
    return mask, np.clip(0.6 * mask + rng.normal(0.2, 0.2, mask.shape), 0, 1)


def f_measure(true, found):
    hits = (true & found).sum()
    precision, recall = hits / max(found.sum(), 1), hits / max(true.sum(), 1)
    return 1.3 * precision * recall / (0.3 * precision + recall) if hits else 0.0


def test_scores_are_those_of_the_formulas():
    metrics, curves, adaptive, errors, ious, whole = SalientObjectMetrics(), [], [], [], [], []
    for seed in range(4):
        mask, saliency = draw(seed)
        metrics.update_state(mask, saliency)
        true, scaled = mask > 0, (saliency - saliency.min()) / np.ptp(saliency)
        curves.append([f_measure(true, np.floor(scaled * 255) >= level) for level in range(256)])
        adaptive.append(f_measure(true, scaled >= min(2 * scaled.mean(), 1)))
        errors.append(np.abs(scaled - true).mean())
        correlation = np.corrcoef(true.ravel(), saliency.ravel())[0, 1]
        whole.append([weighted_f_measure(true, scaled), s_measure(true, scaled), correlation])
        ious.append((true & (saliency >= 0.5)).sum() / (true | (saliency >= 0.5)).sum())
    curve = np.mean(curves, axis=0)
    expected = {
        **dict(zip(("F_weighted", "S", "correlation"), np.mean(whole, axis=0), strict=True)),
        "F_max": curve.max(),
        "F_mean": curve.mean(),
        "F_adaptive": np.mean(adaptive),
        "MAE": np.mean(errors),
        "IoU": np.mean(ious),
    }
    found = metrics.result()
    assert {name: found[name] for name in expected} == pytest.approx(expected)
    assert set(found) - set(expected) == {"E_max", "E_mean", "E_adaptive"}


def test_alignment_is_that_of_every_threshold():
    mask, saliency = draw(0)
    metrics = SalientObjectMetrics()
    metrics.update_state(mask, saliency)
    true, scaled = mask > 0, (saliency - saliency.min()) / np.ptp(saliency)
    cuts = [np.floor(scaled * 255) >= level for level in range(256)] + [scaled >= min(2 * scaled.mean(), 1)]
    scores = [float(e_measure((cut & true).sum(), cut.sum(), true.sum(), true.size)) for cut in cuts]
    found = metrics.result()
    assert found["E_max"] == pytest.approx(max(scores[:-1])) and found["E_mean"] == pytest.approx(np.mean(scores[:-1]))
    assert found["E_adaptive"] == pytest.approx(scores[-1])


def test_the_best_threshold_is_one_for_the_whole_set():
    metrics = SalientObjectMetrics()
    mask = np.array([[1, 1, 0, 0]])
    metrics.update_state(mask, np.array([[1.0, 0.3, 0.2, 0.0]]))
    metrics.update_state(mask, np.array([[1.0, 0.9, 0.8, 0.0]]))
    assert 0.8 < metrics.result()["F_max"] < 1


@pytest.mark.parametrize("value", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("filled", [0, 1])
def test_constant_maps_and_empty_masks_are_finite(value, filled):
    metrics = SalientObjectMetrics()
    metrics.update_state(np.full((3, 3), filled), np.full((3, 3), value))
    assert np.isfinite(list(metrics.result().values())).all()
    assert metrics.result()["IoU"] == ((value >= 0.5) == filled)


def test_nothing_is_nan_and_mistakes_are_named():
    metrics = SalientObjectMetrics()
    metrics.update_state(*draw(0), sample_weight=0)
    assert all(np.isnan(value) for value in metrics.result().values())
    with pytest.raises(DataError, match="one shape"):
        metrics.update_state(np.ones((2, 2)), np.ones((2, 3)))
    with pytest.raises(DataError, match="not finite"):
        metrics.update_state(np.ones((1, 1)), np.full((1, 1), np.nan))
    assert SalientObjectMetrics.from_config(SalientObjectMetrics(1.0).get_config()).beta_squared == 1.0
