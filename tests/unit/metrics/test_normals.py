import numpy as np
import pytest

from xdomain_keras.errors import DataError
from xdomain_keras.metrics import NormalsMetrics


def draw(seed):
    rng = np.random.default_rng(seed)
    true = rng.normal(size=(5, 6, 3))
    true /= np.linalg.norm(true, axis=-1, keepdims=True)
    return true * (rng.random((5, 6, 1)) < 0.7), true + rng.normal(0, 0.4, true.shape)


def test_scores_are_those_of_all_known_pixels_together():
    metrics, angles = NormalsMetrics(), []
    for seed in range(3):
        true, pred = draw(seed)
        metrics.update_state(true, pred)
        for t, p in zip(true[true.any(-1)], pred[true.any(-1)], strict=True):
            angles.append(np.degrees(np.arctan2(np.linalg.norm(np.cross(t, p)), t @ p)))
    angles = np.array(angles)
    expected = {
        "mean": angles.mean(),
        "median": np.median(angles),
        "rmse": np.sqrt((angles**2).mean()),
        "within_11.25": (angles < 11.25).mean(),
        "within_22.5": (angles < 22.5).mean(),
        "within_30": (angles < 30).mean(),
    }
    assert metrics.result() == pytest.approx(expected, rel=1e-5)


def test_opposite_and_equal_vectors_are_180_and_0_degrees():
    metrics = NormalsMetrics()
    metrics.update_state(np.array([[[0, 0, 1.0], [0, 1.0, 0]]]), np.array([[[0, 0, -0.3], [0, 9.0, 0]]]))
    assert metrics.result()["mean"] == pytest.approx(90) and metrics.result()["within_11.25"] == 0.5


def test_nothing_known_is_nan():
    metrics = NormalsMetrics()
    metrics.update_state(np.zeros((2, 2, 3)), np.ones((2, 2, 3)))
    metrics.update_state(*draw(0), sample_weight=0)
    assert all(np.isnan(value) for value in metrics.result().values())
    metrics.update_state(*draw(0))
    metrics.reset_state()
    assert np.isnan(metrics.result()["mean"])


@pytest.mark.parametrize(
    ("shape", "value", "message"), [((1, 1, 3), np.nan, "not finite"), ((1, 2, 3), 1.0, "one shape")]
)
def test_mistakes_are_named(shape, value, message):
    with pytest.raises(DataError, match=message):
        NormalsMetrics().update_state(np.ones((1, 1, 3)), np.full(shape, value))
