import functools
import itertools

import keras
import numpy as np
import pytest
from keras import ops

from tests.unit.training.balancing.gramians import (
    assert_an_absent_task_is_as_none,
    assert_no_conflict,
    every_kind,
    weights_of,
)
from xdomain_keras.training.balancing import PCGrad

make = functools.cache(PCGrad)


def project(gradients, orders):
    """Algorithm 1 on the vectors themselves."""
    total = 0
    for i, order in enumerate(orders):
        vector = gradients[i].copy()
        for j in order:
            product, square = vector @ gradients[j], gradients[j] @ gradients[j]
            if j != i and product < 0 and square > 0:
                vector = vector - product / square * gradients[j]
        total = total + vector
    return total


@every_kind(sizes=(2,))
def test_of_two_tasks_none_is_harmed(gradients):
    weights = weights_of(make(2), gradients)
    assert_no_conflict(gradients, weights)
    expected = project(gradients, [[1], [0]])
    np.testing.assert_allclose(weights @ gradients, expected, atol=1e-4 * (1 + np.abs(gradients).max()))


@every_kind(sizes=(1, 3))
def test_of_three_tasks_the_step_is_that_of_one_of_the_orders(gradients):
    weights, size = weights_of(make(len(gradients)), gradients), len(gradients)
    assert (weights >= 1 - 1e-5).all()
    orders = itertools.product(itertools.permutations(range(size)), repeat=size)
    distances = [np.abs(weights @ gradients - project(gradients, order)).max() for order in orders]
    assert min(distances) <= 2e-4 * (1 + np.abs(gradients).max())


@every_kind(sizes=(3,), examples=60)
def test_an_absent_task_is_as_none(gradients):
    scaled = gradients / max(np.abs(gradients).max(), 1e-9)
    assert_an_absent_task_is_as_none(make, scaled)


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_two_tasks_get_the_same_whatever_their_order(order):
    gradients = np.array([[1.0, 0.0], [-1.0, 1.0]])
    # g_1 + (<g_1, g_2> / |g_2|²) …: 1 + 1/1 of the first, 1 + 1/2 of the second.
    assert weights_of(make(2), gradients[order]).tolist() == np.array([2.0, 1.5])[order].tolist()


def test_orders_are_drawn_anew_and_the_draws_are_saved():
    gradients = np.random.default_rng(3).normal(size=(4, 3))
    arrays = [ops.convert_to_tensor(np.float32(array)) for array in (np.ones(4), np.ones(4), gradients @ gradients.T)]
    balancer = PCGrad(4)
    weights = [ops.convert_to_numpy(balancer.weigh(*arrays)) for _ in range(8)]
    assert len({tuple(np.round(each, 4)) for each in weights}) > 1
    again = [ops.convert_to_numpy(PCGrad(4, seed).weigh(*arrays)) for seed in (0, 0)]
    np.testing.assert_array_equal(again[0], weights[0])
    assert any("seed" in variable.path for variable in balancer.non_trainable_variables), keras.backend.backend()
