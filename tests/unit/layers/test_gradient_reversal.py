import keras
import numpy as np
import pytest
from keras import ops

from tests.unit.terms.pairs import gradients
from xdomain_keras.layers import reverse_gradient

X = np.random.default_rng(0).normal(0, 3, (4, 5)).astype("float32")


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_forward_is_exact_in_every_dtype(dtype):
    x = ops.cast(X, dtype)
    for strength in (0.0, 0.3, 1.0, 7.0):
        same = ops.all(reverse_gradient(x, strength) == x)
        assert bool(ops.convert_to_numpy(same))


@pytest.mark.parametrize("strength", [0.0, 0.3, 2.0])
def test_the_gradient_comes_back_reversed(strength):
    variable = keras.Variable(X)
    (found,) = gradients(lambda: ops.sum(ops.square(reverse_gradient(variable.value, strength))), [variable])
    np.testing.assert_allclose(found, -strength * 2 * X, rtol=1e-5, atol=1e-6)


def test_the_strength_may_be_a_tensor():
    variable = keras.Variable(X)
    (found,) = gradients(lambda: ops.sum(reverse_gradient(variable.value, ops.array(0.5))), [variable])
    np.testing.assert_allclose(found, -0.5 * np.ones_like(X), rtol=1e-6)
