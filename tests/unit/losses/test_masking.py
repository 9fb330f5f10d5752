import numpy as np
import pytest
from keras import ops

from tests.unit.losses.gradients import gradient
from xdomain_keras.losses import masked_mean, where_present

VALUES = np.float32([[1, 2, 4], [8, 16, 32]])
BAD = [np.nan, np.inf, -np.inf, 1e38]


def to_numpy(tensor):
    return ops.convert_to_numpy(tensor)


@pytest.mark.parametrize("axis", [None, 0, 1])
def test_it_is_the_mean_of_what_is_present(axis):
    mask = np.float32([[1, 0, 1], [1, 0, 0]])
    expected = {None: 13 / 3, 0: [4.5, 0, 4], 1: [2.5, 8]}[axis]
    np.testing.assert_allclose(to_numpy(masked_mean(VALUES, mask, axis)), expected, rtol=1e-6)


def test_masks_may_weigh_and_may_be_bool():
    assert float(masked_mean([1.0, 5.0], [3.0, 1.0])) == 2
    assert float(masked_mean(ops.array([1.0, 5.0]), ops.array([False, True]))) == 5


@pytest.mark.parametrize("bad", BAD)
def test_what_is_absent_reaches_neither_value_nor_gradient(bad):
    values, mask = np.float32([3, bad, 5]), ops.array([1.0, 0.0, 1.0])
    assert float(masked_mean(values, mask)) == 4
    np.testing.assert_array_equal(gradient(lambda x: masked_mean(x, mask), values), [0.5, 0, 0.5])


@pytest.mark.parametrize("axis", [None, 0, 1])
def test_where_all_is_absent_value_and_gradient_are_0(axis):
    values, mask = np.full((2, 3), np.nan, "float32"), ops.zeros((2, 3))
    assert not to_numpy(masked_mean(values, mask, axis)).any()
    assert not gradient(lambda x: ops.sum(masked_mean(x, mask, axis)), values).any()


def test_half_precision_is_summed_in_single():
    values = ops.full((4096,), 16.0, dtype="float16")
    assert float(masked_mean(values, ops.ones((4096,)))) == 16


@pytest.mark.parametrize("shape", [(3,), (3, 2), (3, 2, 4, 1)])
def test_targets_of_absent_samples_become_0(shape):
    target = np.ones(shape, "float32")
    target[1] = np.nan
    kept = to_numpy(where_present(ops.convert_to_tensor(target), ops.array([1.0, 0.0, 0.5])))
    assert not kept[1].any() and (kept[[0, 2]] == 1).all()


def test_integer_targets_keep_their_type():
    kept = to_numpy(where_present(ops.array([[7], [9]], "int32"), ops.array([0.0, 1.0])))
    assert kept.dtype == np.int32 and kept.tolist() == [[0], [9]]
