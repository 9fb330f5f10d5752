import numpy as np
import pytest
from keras import ops

from tests.unit.losses.gradients import gradient
from xdomain_keras.losses import NormalsLoss

RNG = np.random.default_rng(0)
PRED = RNG.normal(size=(3, 4, 5, 3)).astype("float32")
TRUE = RNG.normal(size=PRED.shape)
TRUE = TRUE / np.linalg.norm(TRUE, axis=-1, keepdims=True) * (RNG.random((3, 4, 5, 1)) < 0.6)
TRUE = TRUE.astype("float32")


def test_it_is_one_minus_the_mean_cosine_of_the_known_pixels():
    for true, pred in zip(TRUE, PRED, strict=True):
        known = true.any(-1)
        cosines = [t @ p / np.linalg.norm(p) for t, p in zip(true[known], pred[known], strict=True)]
        loss = ops.convert_to_numpy(NormalsLoss(reduction=None)(true[None], pred[None]))
        np.testing.assert_allclose(loss, [1 - np.mean(cosines)], rtol=1e-5)


def test_length_does_not_count():
    np.testing.assert_allclose(float(NormalsLoss()(TRUE, 7 * PRED)), float(NormalsLoss()(TRUE, PRED)), rtol=1e-5)


@pytest.mark.parametrize("known", [0, 1])
def test_zero_predictions_and_unknown_pixels_have_finite_gradients(known):
    true = np.zeros((1, 2, 2, 3), "float32")
    true[0, 0, :known] = 0, 0, -1
    slope = gradient(lambda x: NormalsLoss()(true, x), np.zeros((1, 2, 2, 3)))
    assert np.isfinite(slope).all() and not slope[0, 1].any()
    assert slope[0, 0, 0].any() == bool(known)
