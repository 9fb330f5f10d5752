import keras
import numpy as np
import pytest
from keras import ops

from xdomain_keras.losses.gradients import no_gradients, value_and_gradients

X, Y = np.float32([1.0, -2.0, 3.0]), np.float32([[2.0], [0.5], [1.0]])


def test_gradients_at_tensors_and_variables():
    value, (x, y) = value_and_gradients(
        lambda given: ops.sum(ops.matmul(ops.square(given[0])[None], given[1])), [ops.array(X), keras.Variable(Y)]
    )
    assert float(value) == pytest.approx(float(X**2 @ Y[:, 0]))
    np.testing.assert_allclose(ops.convert_to_numpy(x), 2 * X * Y[:, 0], rtol=1e-6)
    np.testing.assert_allclose(ops.convert_to_numpy(y), X[:, None] ** 2, rtol=1e-6)


def test_what_nothing_depends_on_has_gradient_0():
    _, (_, unused) = value_and_gradients(lambda given: ops.sum(given[0]), [ops.array(X), ops.array(Y)])
    assert not ops.convert_to_numpy(unused).any()


def test_gradients_of_gradients():
    def slope_squared(given):
        _, (slope,) = value_and_gradients(lambda inner: ops.sum(inner[0] ** 3), [given[0]], nested=True)
        return ops.sum(slope**2)  # 9 x⁴

    value, (found,) = value_and_gradients(slope_squared, [ops.array(X)])
    assert float(value) == pytest.approx(9 * float((X**4).sum()))
    np.testing.assert_allclose(ops.convert_to_numpy(found), 36 * X**3, rtol=1e-5)


def test_nothing_is_recorded_where_nothing_shall_be():
    with no_gradients():
        x = ops.square(ops.array(X))
    assert not getattr(x, "requires_grad", False)
