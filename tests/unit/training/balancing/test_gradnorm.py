import numpy as np
import pytest
from keras import ops

from tests.unit.training.balancing.gramians import draw_gradients, every_kind
from xdomain_keras.errors import ConfigError
from xdomain_keras.training.balancing import GradNorm


def step(balancer, losses, present, gradients):
    arrays = (losses, present, gradients @ gradients.T)
    return ops.convert_to_numpy(balancer.weigh(*(ops.convert_to_tensor(np.float32(array)) for array in arrays)))


def move(weights, first, losses, gradients, alpha, rate):
    """Algorithm 1 with all tasks present, in float64."""
    norms = np.linalg.norm(gradients, axis=1)
    norms = norms / np.sqrt((norms**2).mean())
    ratios = losses / first
    targets = (weights * norms).mean() * (ratios / ratios.mean()) ** alpha
    moved = np.maximum(weights - rate * np.sign(weights * norms - targets) * norms, 1e-3)
    return moved * len(weights) / moved.sum()


@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.5])
def test_it_is_algorithm_1(alpha):
    rng, balancer = np.random.default_rng(4), GradNorm(3, alpha, 0.1)
    expected, first = np.ones(3), None
    for number in range(12):
        losses, gradients = rng.uniform(0.2, 3, 3), draw_gradients(3, "unequal", number)
        first = losses if first is None else first
        # The weights of a step are those before its update.
        np.testing.assert_allclose(step(balancer, losses, np.ones(3), gradients), expected, rtol=2e-4)
        expected = move(expected, first, losses, gradients, alpha, 0.1)


def test_the_task_of_the_short_gradient_gains():
    balancer = GradNorm(2, alpha=0)
    for _ in range(200):
        weights = step(balancer, [1, 1], [1, 1], np.diag([3.0, 1.0]))
    np.testing.assert_allclose(weights * [3, 1], [1.5, 1.5], atol=0.15)  # equal norms, and a sum of 2


def test_the_task_that_lags_gains():
    weights, balancer = [], GradNorm(2)
    for losses in ([1.0, 1.0], [0.9, 0.1], [0.9, 0.1]):
        weights.append(step(balancer, losses, [1, 1], np.eye(2)))
    assert weights[-1][0] > 1 > weights[-1][1]


def test_an_absent_task_keeps_its_state():
    balancer, gradients = GradNorm(3), draw_gradients(3, "unequal", 0)
    step(balancer, [1.0, 2.0, 0.0], [1, 1, 0], gradients * [[1], [1], [0]])
    first, weights = map(ops.convert_to_numpy, (balancer.first_losses, balancer.task_weights))
    assert first.tolist() == [1, 2, 0] and weights[2] == 1 and weights[:2].sum() == pytest.approx(2)
    assert step(balancer, [1.0, 2.0, 5.0], [1, 1, 1], gradients)[2] == 1
    assert ops.convert_to_numpy(balancer.first_losses).tolist() == [1, 2, 5]
    before = [ops.convert_to_numpy(variable).copy() for variable in balancer.variables]
    assert not step(balancer, np.zeros(3), np.zeros(3), np.zeros((3, 3))).any()
    for old, variable in zip(before, balancer.variables, strict=True):
        np.testing.assert_allclose(old, ops.convert_to_numpy(variable), rtol=1e-6)


@every_kind(examples=60)
def test_weights_stay_positive_and_keep_their_sum(gradients):
    balancer, size = GradNorm(len(gradients), learning_rate=5.0), len(gradients)
    for losses in (np.ones(size), np.zeros(size), np.full(size, 1e6)):
        step(balancer, losses, np.ones(size), gradients)
        weights = ops.convert_to_numpy(balancer.task_weights)
        assert (weights > 0).all() and weights.sum() == pytest.approx(size, rel=1e-4)


@pytest.mark.parametrize("options", [{"alpha": -1}, {"learning_rate": 0}])
def test_numbers_out_of_range_are_errors(options):
    with pytest.raises(ConfigError, match="gradnorm: alpha .*; expected ≥ 0 and > 0"):
        GradNorm(2, **options)
