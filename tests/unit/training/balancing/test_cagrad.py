import functools

import numpy as np
import pytest
import scipy.optimize
from keras import ops

from tests.unit.training.balancing.gramians import (
    assert_an_absent_task_is_as_none,
    assert_order_does_not_matter,
    compile_whole,
    draw_gradients,
    every_kind,
    spread,
    weights_of,
)
from xdomain_keras.errors import ConfigError
from xdomain_keras.training.balancing import CAGrad
from xdomain_keras.training.balancing.cagrad import minimize_on_simplex

make = functools.cache(CAGrad)
dual = compile_whole(minimize_on_simplex)


def worst_improvement(gradients, weights):
    return (gradients @ (weights @ gradients)).min()


def best_dual(gradients, c):
    """`min_w g_wᵀ g_0 + c ||g_0|| ||g_w||` on the simplex, by SLSQP from several starts: the best worst improvement."""
    size, mean = len(gradients), gradients.mean(axis=0)

    def value(w):
        return w @ gradients @ mean + c * np.linalg.norm(mean) * np.sqrt(np.sum((w @ gradients) ** 2) + 1e-20)

    values = []
    for start in [np.ones(size) / size, *np.random.default_rng(0).dirichlet(np.ones(size), 2)]:
        limits = {"bounds": [(0, 1)] * size, "constraints": {"type": "eq", "fun": lambda w: w.sum() - 1}}
        w = scipy.optimize.minimize(value, start, method="SLSQP", options={"ftol": 1e-14}, **limits).x
        values.append(value(np.maximum(w, 0) / np.maximum(w, 0).sum()))
    return min(values)


@every_kind()
def test_no_step_of_its_length_improves_the_worst_task_more(gradients):
    c = 0.9 if gradients[0, 0] > 0 else 0.4
    weights, mean = weights_of(make(len(gradients), c), gradients), gradients.mean(axis=0)
    step = weights @ gradients
    assert np.isfinite(weights).all() and (weights > 0).all() and weights.sum() >= 1 - 1e-5
    assert np.linalg.norm(step - mean) <= c * np.linalg.norm(mean) * (1 + 1e-3) + 1e-6
    optimum, scale = best_dual(gradients, c), np.linalg.norm(gradients, axis=1).max() * np.linalg.norm(mean)
    if abs(optimum) > 1e-3 * scale:  # at 0 no step improves all tasks, and g_w has no direction
        # Strong duality (the paper's Eq. 3): the worst improvement is the minimum of the dual.
        assert worst_improvement(gradients, weights) >= optimum - 1e-3 * abs(optimum) - 3e-3 * scale


@every_kind()
def test_the_dual_is_solved_as_well_as_by_slsqp(gradients):
    size, mean = len(gradients), gradients.mean(axis=0)
    radius = 0.4 * np.linalg.norm(mean)
    arrays = [gradients @ gradients.T, gradients @ mean, radius, np.ones(size) / size, np.ones(size)]
    w = np.float64(ops.convert_to_numpy(dual(*(ops.convert_to_tensor(np.float32(array)) for array in arrays))))
    assert (w >= 0).all() and w.sum() == pytest.approx(1, abs=1e-5)
    optimum, found = best_dual(gradients, 0.4), w @ gradients @ mean + radius * np.linalg.norm(w @ gradients)
    scale = np.linalg.norm(gradients, axis=1).max() * np.linalg.norm(mean)
    assert found <= optimum + 1e-3 * abs(optimum) + 1e-4 * scale + 1e-9


@every_kind(sizes=(2, 3, 5), kinds=("plain", "agreeing"), examples=60)
def test_tasks_that_go_together_conflict_with_no_step(gradients):
    if best_dual(gradients, 0.4) > 0:
        norms = np.linalg.norm(gradients, axis=1)
        step = weights_of(make(len(gradients), 0.4), gradients) @ gradients
        assert (gradients @ step >= -3e-3 * norms * np.linalg.norm(step)).all()


@every_kind(sizes=(2, 3, 5), examples=60)
def test_absent_tasks_and_the_order(gradients):
    if spread(gradients) > 0.05:
        assert_order_does_not_matter(make, gradients)
        assert_an_absent_task_is_as_none(make, gradients / np.linalg.norm(gradients, axis=1).max())


def test_two_orthogonal_tasks():
    # By symmetry w = (½, ½), so that g_w = g_0 and d = (1 + c) g_0.
    gradients = np.eye(2)
    for rescale, scale in (("none", 1.4), ("square", 1.4 / 1.16), ("linear", 1.0)):
        np.testing.assert_allclose(weights_of(CAGrad(2, 0.4, rescale), gradients), np.full(2, scale / 2), rtol=1e-4)


def test_without_c_it_is_the_mean():
    np.testing.assert_allclose(weights_of(make(3, 0.0), draw_gradients(3, "plain", 1)), np.full(3, 1 / 3), rtol=1e-5)


def test_opposite_and_zero_gradients_have_the_weights_of_the_mean():
    assert weights_of(make(2), np.array([[1.0, 0.0], [-1.0, 0.0]])).tolist() == [0.5, 0.5]
    assert weights_of(make(3), np.zeros((3, 2)), present=[1, 0, 1]).tolist() == [0.5, 0, 0.5]


@pytest.mark.parametrize("c", [-0.1, 1.0])
def test_c_is_below_1(c):
    with pytest.raises(ConfigError, match=r"balancing.c is .*; expected a number in \[0, 1\)"):
        CAGrad(2, c)
