import numpy as np
import pytest
from keras import ops

from tests.unit.losses.gradients import gradient
from xdomain_keras.layers.unit_length import unit_length

VECTORS = np.float32([[3, 4], [0, 0], [-1e-3, 0]])


def test_directions_are_kept_and_zero_stays_zero():
    lengths = np.linalg.norm(VECTORS, axis=-1, keepdims=True)
    expected = np.divide(VECTORS, lengths, out=np.zeros_like(VECTORS), where=lengths > 0)
    np.testing.assert_allclose(ops.convert_to_numpy(unit_length(VECTORS)), expected, rtol=1e-6)


def test_epsilon_is_added_to_the_squared_length():
    expected = VECTORS / np.sqrt((VECTORS**2).sum(-1, keepdims=True) + 1e-4)
    np.testing.assert_allclose(ops.convert_to_numpy(unit_length(VECTORS, 1e-4)), expected, rtol=1e-5)


@pytest.mark.parametrize(("epsilon", "slope"), [(0.0, 1.0), (1e-4, 100.0)])
def test_the_gradient_at_zero_is_finite(epsilon, slope):
    """A vector that is 0 is divided by 1, or by the root of epsilon."""
    found = gradient(lambda x: ops.sum(unit_length(x, epsilon)), np.zeros((1, 2), np.float32))
    np.testing.assert_allclose(found, [[slope, slope]], rtol=1e-4)
