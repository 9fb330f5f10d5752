import functools

import numpy as np

from tests.unit.training.balancing.gramians import (
    assert_an_absent_task_is_as_none,
    assert_no_conflict,
    assert_order_does_not_matter,
    every_kind,
    spread,
    weights_of,
)
from xdomain_keras.training.balancing import IMTL

make = functools.cache(IMTL)


@every_kind()
def test_the_step_goes_equally_far_along_every_gradient(gradients):
    weights = weights_of(make(len(gradients)), gradients)
    assert np.isfinite(weights).all() and weights.sum() <= 1 + 1e-4
    assert_no_conflict(gradients, weights)
    if spread(gradients) > 0.02:
        projections = gradients @ (weights @ gradients) / np.linalg.norm(gradients, axis=1)
        np.testing.assert_allclose(projections, np.full(len(weights), projections.mean()), rtol=5e-3)
        assert projections.mean() > 0


@every_kind(sizes=(2, 3, 5), kinds=("agreeing", "plain"), examples=60)
def test_weights_sum_to_1_or_their_sizes_to_10(gradients):
    weights = weights_of(make(len(gradients)), gradients)
    np.testing.assert_allclose(max(weights.sum(), 0.1 * np.abs(weights).sum()), 1, rtol=1e-4)


@every_kind(sizes=(2, 3, 5), kinds=("plain", "unequal", "agreeing"), examples=60)
def test_absent_tasks_and_the_order(gradients):
    if spread(gradients) > 0.02:
        assert_order_does_not_matter(make, gradients)
        assert_an_absent_task_is_as_none(make, gradients / np.linalg.norm(gradients, axis=1).max())


def test_zero_and_equal_gradients():
    assert weights_of(make(3), np.zeros((3, 2)), present=[1, 0, 1]).tolist() == [0.5, 0, 0.5]
    assert weights_of(make(2), np.array([[2.0, 0.0], [0.0, 0.0]])).round(4).tolist() == [1, 0]
    for gradients in (np.ones((2, 2)), np.array([[1.0, 1.0], [-1.0, -1.0]])):
        np.testing.assert_allclose(weights_of(make(2), gradients), [0.5, 0.5], atol=1e-3)
