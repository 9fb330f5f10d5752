import numpy as np
import pytest
from keras import ops

from tests.unit.jitted import jitted
from tests.unit.losses.gradients import gradient
from xdomain_keras.layers import MaxPoolWithMask, MaxUnpool

RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 4, 6, 3)).astype("float32")


def pool(x):
    return [ops.convert_to_numpy(part) for part in jitted(MaxPoolWithMask())(ops.convert_to_tensor(x))]


def test_pooling_is_the_maximum_of_each_window_and_the_mask_its_place():
    pooled, mask = pool(X)
    for b, row, column, channel in np.ndindex(2, 2, 3, 3):
        window = X[b, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2, channel]
        places = mask[b, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2, channel]
        assert pooled[b, row, column, channel] == window.max()
        assert places.sum() == 1 and window[places == 1] == window.max()


def test_of_equal_values_the_first_is_taken():
    mask = pool(np.zeros((1, 2, 2, 1)))[1]
    assert mask[0, :, :, 0].tolist() == [[1, 0], [0, 0]]


def test_unpooling_puts_values_back():
    pooled, mask = pool(X)
    back = ops.convert_to_numpy(MaxUnpool()([pooled, mask]))
    np.testing.assert_array_equal(back, np.where(mask == 1, X, 0))


def test_the_gradient_of_pooling_goes_to_the_maxima_alone():
    slope = gradient(lambda x: ops.sum(MaxPoolWithMask()(x)[0] * 3.0), X)
    np.testing.assert_allclose(slope, 3 * pool(X)[1])


def test_the_gradient_of_unpooling_does_not_reach_the_mask():
    def both(x):
        pooled, mask = MaxPoolWithMask()(x)
        return ops.sum(ops.square(MaxUnpool()([pooled, mask])))

    np.testing.assert_allclose(gradient(both, X), 2 * X * pool(X)[1], rtol=1e-6)


def test_odd_sides_are_refused():
    with pytest.raises(ValueError, match="even sides"):
        MaxPoolWithMask()(np.zeros((1, 3, 4, 1)))


def test_it_equals_torch():
    torch = pytest.importorskip("torch")
    pooled, indices = torch.nn.functional.max_pool2d(torch.tensor(X.transpose(0, 3, 1, 2)), 2, return_indices=True)
    back = torch.nn.functional.max_unpool2d(pooled, indices, 2).numpy().transpose(0, 2, 3, 1)
    ours, mask = pool(X)
    np.testing.assert_array_equal(ours, pooled.numpy().transpose(0, 2, 3, 1))
    np.testing.assert_array_equal(ops.convert_to_numpy(MaxUnpool()([ours, mask])), back)
