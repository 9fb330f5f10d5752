import numpy as np
import pytest
from keras import ops

from tests.unit.losses.gradients import gradient
from xdomain_keras.training.balancing import Uncertainty

S = np.float32([-1.5, 0.25, 2.0])
LOSSES = np.float32([3.0, 0.0, 0.5])
PRESENT = np.float32([1, 0, 1])


@pytest.fixture
def balancer():
    balancer = Uncertainty(3)
    balancer.log_variance.assign(S)
    return balancer


def test_the_loss_is_equation_7(balancer):
    expected = sum(0.5 * np.exp(-S[k]) * LOSSES[k] + 0.5 * S[k] for k in (0, 2))
    total = balancer.total(ops.convert_to_tensor(LOSSES), ops.convert_to_tensor(PRESENT))
    np.testing.assert_allclose(float(ops.stop_gradient(total)), expected, rtol=1e-6)
    weights = ops.convert_to_numpy(balancer.weigh(LOSSES, ops.convert_to_tensor(PRESENT)))
    np.testing.assert_allclose(weights, 0.5 * np.exp(-S) * PRESENT, rtol=1e-6)


def test_the_losses_are_weighted_in_the_gradient_too(balancer):
    slope = gradient(lambda x: balancer.total(x, ops.convert_to_tensor(PRESENT)), LOSSES)
    np.testing.assert_allclose(slope, 0.5 * np.exp(-S) * PRESENT, rtol=1e-6)


def test_the_variances_are_trained_and_bounded(balancer):
    assert [variable.name for variable in balancer.trainable_variables] == ["log_variance"]
    balancer.log_variance.assign([-1e9, 0, 1e9])
    assert np.isfinite(float(ops.stop_gradient(balancer.total(ops.ones((3,)), ops.ones((3,))))))
