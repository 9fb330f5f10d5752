import functools

import numpy as np

from tests.unit.training.balancing.gramians import (
    assert_an_absent_task_is_as_none,
    assert_no_conflict,
    assert_order_does_not_matter,
    draw_gradients,
    every_kind,
    spread,
    weights_of,
)
from xdomain_keras.training.balancing import NashMTL

make = functools.cache(NashMTL)


@every_kind()
def test_every_task_has_the_same_part_in_the_step(gradients):
    weights = weights_of(make(len(gradients)), gradients)
    assert np.isfinite(weights).all() and (weights > 0).all()
    assert_no_conflict(gradients, weights)
    if spread(gradients) > 0.02:
        # α_k (G α)_k = 1 in units of the mean diagonal.
        gramian = gradients @ gradients.T
        np.testing.assert_allclose(weights * (gramian @ weights), np.full(len(weights), gramian.diagonal().mean()),
                                   rtol=5e-3)  # fmt: skip


@every_kind(sizes=(2, 3, 5), kinds=("plain", "agreeing", "opposed"), examples=60)
def test_the_direction_does_not_depend_on_the_scale_of_a_loss(gradients):
    if spread(gradients) > 0.02:
        scaled = gradients * 10.0 ** np.random.default_rng(len(gradients)).uniform(-2, 2, (len(gradients), 1))
        steps = [weights_of(make(len(g)), g) @ g for g in (gradients, scaled)]
        first, second = (step / np.linalg.norm(step) for step in steps)
        np.testing.assert_allclose(first, second, atol=2e-3)


@every_kind(sizes=(2, 3, 5), kinds=("plain", "unequal", "agreeing"), examples=60)
def test_absent_tasks_and_the_order(gradients):
    if spread(gradients) > 0.02:
        assert_order_does_not_matter(make, gradients)
        assert_an_absent_task_is_as_none(make, gradients / np.linalg.norm(gradients, axis=1).max())


def test_gradients_without_a_solution_have_bounded_weights():
    for gradients in (np.array([[1.0, 0.0], [-1.0, 0.0]]), np.ones((3, 2)), np.zeros((2, 2))):
        weights = weights_of(make(len(gradients)), gradients)
        assert (weights > 0).all() and weights.max() < 330
        np.testing.assert_allclose(weights, weights[0], rtol=1e-3)


def test_alone_a_task_keeps_its_gradient_and_a_zero_gradient_has_weight_1():
    np.testing.assert_allclose(weights_of(make(1), draw_gradients(1, "plain", 0)), [1], rtol=1e-4)
    np.testing.assert_allclose(weights_of(make(2), np.array([[2.0, 0.0], [0.0, 0.0]])), [2**-0.5, 1], rtol=1e-4)
