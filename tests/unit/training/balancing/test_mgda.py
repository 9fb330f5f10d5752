import functools

import numpy as np
import pytest
import scipy.optimize

from tests.unit.training.balancing.gramians import (
    assert_an_absent_task_is_as_none,
    assert_no_conflict,
    assert_order_does_not_matter,
    draw_gradients,
    every_kind,
    spread,
    weights_of,
)
from xdomain_keras.errors import ConfigError
from xdomain_keras.training.balancing import MGDA

make = functools.cache(MGDA)


def least_square(gramian):
    """The minimum of wᵀGw on the simplex, by SLSQP."""
    size, scale = len(gramian), max(gramian.max(), 1e-9)
    found = scipy.optimize.minimize(
        lambda w: w @ gramian @ w / scale,
        np.ones(size) / size,
        jac=lambda w: 2 * gramian @ w / scale,
        bounds=[(0, 1)] * size,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 300},
    )
    w = np.maximum(found.x, 0)
    return (w / w.sum()) @ gramian @ (w / w.sum())


@every_kind()
def test_no_point_of_the_simplex_is_shorter(gradients):
    weights, gramian = weights_of(make(len(gradients)), gradients), gradients @ gradients.T
    assert (weights >= 0).all() and weights.sum() == pytest.approx(1, abs=1e-5)
    assert weights @ gramian @ weights <= least_square(gramian) + 1e-4 * gramian.max()
    assert_no_conflict(gradients, weights, 5e-3)


@every_kind(sizes=(2, 3, 5), examples=60)
def test_absent_tasks_and_the_order(gradients):
    assert_an_absent_task_is_as_none(make, gradients)
    if spread(gradients) > 0.05:
        assert_order_does_not_matter(make, gradients)


def test_of_no_gradient_at_all_every_task_has_an_equal_part():
    assert weights_of(make(3), np.zeros((3, 2)), present=[1, 0, 1]).tolist() == [0.5, 0, 0.5]
    assert weights_of(make(2), np.array([[1.0, 1.0], [0.0, 0.0]])).round(3).tolist() == [0, 1]


def test_it_is_found_for_eight_tasks_too():
    gradients = draw_gradients(8, "agreeing", 3)
    weights, gramian = weights_of(make(8), gradients), gradients @ gradients.T
    assert weights @ gramian @ weights <= least_square(gramian) * (1 + 1e-4)


def test_gradients_may_be_normalised():
    gradients, losses = draw_gradients(3, "unequal", 5), np.array([0.1, 4.0, 2.0])
    units = gradients / np.linalg.norm(gradients, axis=1, keepdims=True)
    expected = weights_of(make(3), units)
    np.testing.assert_allclose(weights_of(make(3, "l2"), gradients), expected, atol=1e-4)
    expected = weights_of(make(3), gradients / losses[:, None])
    np.testing.assert_allclose(weights_of(make(3, "loss"), gradients, losses=losses), expected, atol=1e-4)
    assert np.isfinite(weights_of(make(3, "loss"), gradients, losses=np.zeros(3))).all()


def test_nine_tasks_are_too_many():
    with pytest.raises(ConfigError, match="`mgda` takes at most 8 tasks; got 9. Take `cagrad` or `nash_mtl`."):
        MGDA(9)
