import numpy as np
import pytest
from keras import ops

from tests.unit.losses.gradients import gradient
from xdomain_keras.errors import ConfigError
from xdomain_keras.losses import BinaryMapLoss

RNG = np.random.default_rng(0)
LOGITS = RNG.normal(0, 3, (3, 4, 5, 1)).astype("float32")
TRUE = RNG.choice([0.0, 0.0, 1.0, -1.0], LOGITS.shape).astype("float32")


def by_formula(true, logits, weight):
    labelled = true >= 0
    y, s = true[labelled].astype("float64"), 1 / (1 + np.exp(-logits[labelled].astype("float64")))
    p = 1 - y.mean() if weight is None else weight
    return np.mean(-p * y * np.log(s) - (1 - p) * (1 - y) * np.log(1 - s))


@pytest.mark.parametrize("weight", [None, 0.5, 0.95])
def test_it_is_the_weighted_cross_entropy_of_the_labelled_pixels(weight):
    expected = [by_formula(true, logits, weight) for true, logits in zip(TRUE, LOGITS, strict=True)]
    result = BinaryMapLoss(weight, reduction=None)(TRUE, LOGITS)
    np.testing.assert_allclose(ops.convert_to_numpy(result), expected, rtol=1e-5)


def test_balancing_weighs_both_kinds_alike():
    true = np.zeros((1, 1, 10, 1), "float32")
    true[0, 0, 0] = 1
    slope = gradient(lambda x: BinaryMapLoss()(true, x), np.zeros_like(true)).ravel()
    assert slope[0] < 0 and slope[0] == pytest.approx(-slope[1:].sum())


@pytest.mark.parametrize("fill", [-1.0, 0.0, 1.0])
@pytest.mark.parametrize("weight", [None, 0.95])
def test_maps_of_one_kind_are_finite(fill, weight):
    true = np.full((1, 4, 5, 1), fill, "float32")
    slope = gradient(lambda x: BinaryMapLoss(weight)(true, x), 100 * LOGITS[:1])
    assert np.isfinite(slope).all() and np.isfinite(float(BinaryMapLoss(weight)(true, 100 * LOGITS[:1])))
    assert fill >= 0 or not slope.any()


@pytest.mark.parametrize("weight", [0, 1, -0.5, 2])
def test_a_weight_is_a_part(weight):
    with pytest.raises(ConfigError, match="positive_weight"):
        BinaryMapLoss(weight)


def test_it_is_restored_from_its_config():
    assert BinaryMapLoss.from_config(BinaryMapLoss(0.9).get_config()).positive_weight == 0.9
