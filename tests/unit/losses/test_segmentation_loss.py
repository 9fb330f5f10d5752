import numpy as np
import pytest
from keras import ops

from tests.rounding import assert_equal_up_to_rounding
from tests.unit.losses.gradients import gradient
from xdomain_keras.losses import SegmentationLoss

RNG = np.random.default_rng(0)
LOGITS = RNG.normal(0, 3, (3, 4, 5, 6)).astype("float32")
IDS = RNG.integers(-1, 6, (3, 4, 5, 1)).astype("float32")


def per_image(y_true, y_pred):
    return ops.convert_to_numpy(SegmentationLoss(reduction=None)(y_true, y_pred))


def cross_entropy(ids, logits):
    """The formula, pixel by pixel."""
    losses = []
    for row in np.ndindex(ids.shape[:2]):
        if ids[row][0] >= 0:
            scores = np.exp(logits[row].astype("float64"))
            losses.append(-np.log(scores[int(ids[row][0])] / scores.sum()))
    return np.mean(losses) if losses else 0.0


def test_it_is_the_mean_cross_entropy_of_the_labelled_pixels():
    expected = [cross_entropy(ids, logits) for ids, logits in zip(IDS, LOGITS, strict=True)]
    np.testing.assert_allclose(per_image(IDS, LOGITS), expected, rtol=1e-5)


def test_integers_and_floats_are_the_same_labels():
    assert_equal_up_to_rounding(per_image(IDS.astype("int32"), LOGITS), per_image(IDS, LOGITS))


@pytest.mark.parametrize("num_labelled", [0, 1])
def test_few_labels_leave_value_and_gradient_finite(num_labelled):
    ids = np.full((1, 4, 5, 1), -1, "float32")
    ids[0, 0, :num_labelled] = 2
    slope = gradient(lambda x: ops.sum(SegmentationLoss()(ids, x)), LOGITS[:1])
    assert np.isfinite(slope).all() and slope[0, 0, 0].any() == bool(num_labelled)
    slope[0, 0, 0] = 0
    assert not slope.any()


def test_extreme_logits_stay_finite():
    logits = np.zeros((1, 1, 2, 2), "float32")
    logits[0, 0, 0] = 1e4, -1e4
    ids = np.float32([[[[1], [0]]]])
    np.testing.assert_allclose(per_image(ids, logits), [(2e4 + np.log(2)) / 2], rtol=1e-6)


def test_a_coarse_prediction_is_stretched_to_the_labels():
    coarse = np.tile(LOGITS[:, :1, :1], (1, 2, 2, 1))
    expected = per_image(IDS, np.tile(LOGITS[:, :1, :1], (1, 4, 5, 1)))
    np.testing.assert_allclose(per_image(IDS, ops.convert_to_tensor(coarse)), expected, rtol=1e-5)
