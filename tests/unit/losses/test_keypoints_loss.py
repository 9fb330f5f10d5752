import numpy as np
import pytest
from keras import ops

from tests.unit.losses.gradients import gradient
from xdomain_keras.losses import KeypointsLoss

RNG = np.random.default_rng(0)
TRUE = np.concatenate([RNG.uniform(0.1, 0.9, (3, 5, 2)), RNG.uniform(0.5, 3, (3, 5, 1))], axis=-1)
TRUE = np.concatenate([TRUE, RNG.random((3, 5, 1)) < 0.7], axis=-1).astype("float32")
PRED = RNG.normal(0, 0.3, (3, 6, 8, 10)).astype("float32")
PRED[..., 5:] = PRED[:, :1, :1, 5:]


def by_hand(true, pred, sigma, depth_weight):
    """One image, keypoint by keypoint and cell by cell."""
    costs = []
    for k, (x, y, depth, known) in enumerate(true):
        if not known:
            continue
        cost = 0
        for row in range(6):
            for column in range(8):
                apart = (column + 0.5 - 8 * x) ** 2 + (row + 0.5 - 6 * y) ** 2
                cost += (pred[row, column, k] - np.exp(-apart / (2 * sigma**2))) ** 2
        costs.append(cost / (np.pi * sigma**2) + depth_weight * (pred[0, 0, 5 + k] - depth) ** 2 * (depth != 0))
    return np.mean(costs) if costs else 0.0


@pytest.mark.parametrize(("sigma", "depth_weight"), [(1.0, 1.0), (1.7, 0.2)])
def test_it_is_the_formula(sigma, depth_weight):
    true = TRUE.copy()
    true[1, 0, 2], true[1, 1, 2] = 0, -0.4  # a keypoint whose depth is not known, and one behind the others
    loss = KeypointsLoss(sigma, depth_weight, reduction=None)(true, PRED)
    expected = [by_hand(t, p, sigma, depth_weight) for t, p in zip(true, PRED, strict=True)]
    np.testing.assert_allclose(ops.convert_to_numpy(loss), expected, rtol=1e-5)


def test_a_heatmap_that_is_right_costs_nothing_and_an_empty_one_1():
    true = np.float32([[[0.5, 0.5, 0, 1]]])
    down, along = np.mgrid[:24, :24] + 0.5
    right = np.exp(-((along - 12) ** 2 + (down - 12) ** 2) / (2 * 1.5**2))
    pred = np.stack([right, 0 * right], axis=-1)[None]
    assert float(KeypointsLoss(1.5)(true, pred)) < 1e-10
    assert float(KeypointsLoss(1.5)(true, 0 * pred)) == pytest.approx(1, abs=1e-4)


def test_one_that_is_absent_costs_what_its_heatmap_holds():
    true = np.float32([[[-1, -1, 0, 1]]])
    pred = np.stack([np.full((6, 8), 0.5), np.full((6, 8), 7.0)], axis=-1)[None].astype("float32")
    assert float(KeypointsLoss(1.0)(true, 0 * pred)) < 1e-6
    assert float(KeypointsLoss(1.0)(true, pred)) == pytest.approx(48 * 0.25 / np.pi, rel=1e-5)


@pytest.mark.parametrize("known", [0, 1])
def test_unknown_keypoints_are_not_read(known):
    true = np.full((2, 5, 4), np.nan, "float32")
    true[..., 3] = 0
    true[0, :known] = 0.5, 0.5, 1, 1
    slope = gradient(lambda x: KeypointsLoss()(true, x), PRED[:2])
    assert np.isfinite(slope).all() and not slope[1].any() and not slope[0, ..., 1:5].any()
    assert slope[0, ..., 0].any() == slope[0, ..., 5].any() == bool(known)
    assert np.isfinite(float(KeypointsLoss()(true, PRED[:2])))
