import numpy as np
import pytest
from keras import ops

from tests.rounding import assert_equal_up_to_rounding
from tests.unit.losses.gradients import gradient
from xdomain_keras.losses import DepthLoss

RNG = np.random.default_rng(0)
PRED = RNG.normal(3, 1, (3, 4, 5, 1)).astype("float32")
TRUE = (RNG.uniform(1, 9, PRED.shape) * (RNG.random(PRED.shape) < 0.6)).astype("float32")


def test_it_is_the_mean_distance_over_the_known_pixels():
    expected = [np.abs(t - p)[t > 0].mean() for t, p in zip(TRUE, PRED, strict=True)]
    np.testing.assert_allclose(ops.convert_to_numpy(DepthLoss(reduction=None)(TRUE, PRED)), expected, rtol=1e-6)


@pytest.mark.parametrize("known", [0, 1])
def test_only_known_pixels_have_a_gradient(known):
    true = np.zeros((1, 4, 5, 1), "float32")
    true[0, 1, :known] = 2
    slope = gradient(lambda x: DepthLoss()(true, x), PRED[:1])
    expected = np.zeros_like(slope)
    expected[0, 1, :known] = np.sign(PRED[0, 1, :known] - 2)
    np.testing.assert_allclose(slope, expected, atol=1e-6)


def test_a_coarse_prediction_is_stretched():
    coarse = ops.full((1, 2, 2, 1), 1.5)
    loss = float(DepthLoss()(np.full((1, 4, 6, 1), 2.0, "float32"), coarse))
    assert_equal_up_to_rounding(loss, 0.5, size=2.0)
