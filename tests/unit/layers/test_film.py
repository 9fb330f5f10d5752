import keras
import numpy as np
import pytest
from keras import ops

from xdomain_keras.layers import PairFiLM

X = np.random.default_rng(0).normal(size=(4, 2, 3, 5)).astype("float32")
CONDITIONS = np.array([2, 0, 2, 1])


def build(factor=1.0):
    layer = PairFiLM(3, learning_rate_factor=factor)
    layer([X, CONDITIONS])
    return layer


def test_it_starts_as_the_identity():
    np.testing.assert_array_equal(ops.convert_to_numpy(build()([X, CONDITIONS])), X)


def test_each_row_has_the_scale_and_shift_of_its_condition():
    layer, rng = build(), np.random.default_rng(1)
    scale, shift = rng.normal(size=(2, 3, 5)).astype("float32")
    layer.scale.assign(scale - 1)
    layer.shift.assign(shift)
    expected = scale[CONDITIONS][:, None, None] * X + shift[CONDITIONS][:, None, None]
    np.testing.assert_allclose(ops.convert_to_numpy(layer([X, CONDITIONS])), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("factor", [0.1, 10.0])
def test_adam_moves_them_by_the_factor(factor):
    """After one step of Adam every scale and shift has moved by learning rate x factor."""
    layer = build(factor)
    optimizer = keras.optimizers.Adam(1e-3, epsilon=1e-12)
    optimizer.build(layer.trainable_variables)
    optimizer.apply([ops.ones(variable.shape) for variable in layer.trainable_variables], layer.trainable_variables)
    moved = ops.convert_to_numpy(layer([np.ones((3, 1, 1, 5), "float32"), np.arange(3)]))
    np.testing.assert_allclose(moved, 1 - 2e-3 * factor, rtol=1e-4)


def test_config():
    restored = PairFiLM.from_config(PairFiLM(6, 10.0).get_config())
    assert (restored.num_conditions, restored.learning_rate_factor) == (6, 10.0)
