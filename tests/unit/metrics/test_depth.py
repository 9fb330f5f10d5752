import numpy as np
import pytest

from xdomain_keras.errors import ConfigError, DataError
from xdomain_keras.metrics import DepthMetrics


def draw(seed):
    rng = np.random.default_rng(seed)
    true = rng.uniform(0.5, 9, (5, 6)) * (rng.random((5, 6)) < 0.7)
    return true, rng.uniform(0.5, 9, (5, 6))


def by_formula(true, pred):
    d, p = true[true > 0], pred[true > 0]
    ratio = np.maximum(d / p, p / d)
    return {
        "abs": np.mean(abs(d - p)),
        "rel": np.mean(abs(d - p) / d),
        "sq_rel": np.mean((d - p) ** 2 / d),
        "rmse": np.mean((d - p) ** 2) ** 0.5,
        "rmse_log": np.mean((np.log(d) - np.log(p)) ** 2) ** 0.5,
        **{f"delta{k}": np.mean(ratio < 1.25**k) for k in (1, 2, 3)},
    }


def measure(pairs, **options):
    metrics = DepthMetrics(**options)
    for pair in pairs:
        metrics.update_state(*pair)
    return metrics.result()


@pytest.mark.parametrize("seed", range(5))
def test_both_averages_are_those_of_the_formulas(seed):
    pairs = [draw(10 * seed + row) for row in range(4)]
    pooled = by_formula(*(np.concatenate(maps) for maps in zip(*pairs, strict=True)))
    assert measure(pairs) == pytest.approx(pooled)
    single = [by_formula(*pair) for pair in pairs]
    means = {name: np.mean([scores[name] for scores in single]) for name in pooled}
    assert measure(pairs, average="images") == pytest.approx(means)
    assert means["rmse"] != pytest.approx(pooled["rmse"])


def test_a_cap_leaves_out_far_pixels_and_cuts_predictions():
    true, pred = np.array([[2.0, 9.0, 4.0]]), np.array([[2.0, 9.0, 8.0]])
    assert measure([(true, pred)], cap=5.0)["abs"] == pytest.approx(0.5)


def test_predictions_of_nothing_or_less_are_finite():
    result = measure([(np.array([[2.0, 1.0]]), np.array([[0.0, -3.0]]))])
    assert result["abs"] == pytest.approx(3.0) and np.isfinite(list(result.values())).all() and result["delta3"] == 0


def test_images_without_known_pixels_count_for_nothing():
    empty = (np.zeros((5, 6)), np.ones((5, 6)))
    for average in ("pixels", "images"):
        assert measure([draw(0), empty], average=average) == pytest.approx(measure([draw(0)], average=average))
        assert all(np.isnan(value) for value in measure([empty], average=average).values())


@pytest.mark.parametrize("bad", [np.nan, np.inf, -1.0])
def test_labels_that_are_no_depth_are_refused(bad):
    with pytest.raises(DataError, match="negative or not finite"):
        measure([(np.array([[bad]]), np.ones((1, 1)))])


def test_other_mistakes():
    with pytest.raises(DataError, match="one shape"):
        measure([(np.ones((2, 2)), np.ones((1, 2)))])
    with pytest.raises(ConfigError, match="DepthMetrics: unknown average `mean`; known are images, pixels"):
        DepthMetrics("mean")
    assert DepthMetrics.from_config(DepthMetrics("images", cap=80).get_config()).cap == 80
