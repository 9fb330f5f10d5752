import numpy as np
import pytest
from keras import ops

from tests.unit.training.balancing.gramians import every_kind
from xdomain_keras.training.balancing.gramian import RIDGE, clean_gramian, split_gramian, uniform_weights


@every_kind(examples=100)
def test_norms_and_cosines_make_the_gramian(gradients):
    gramian, ones = np.float32(gradients @ gradients.T), np.ones(len(gradients), "float32")
    scaled, mean = clean_gramian(ops.convert_to_tensor(gramian), ops.convert_to_tensor(ones))
    norms, cosines = map(ops.convert_to_numpy, split_gramian(scaled))
    rebuilt = (cosines - RIDGE * np.eye(len(ones))) * norms[:, None] * norms * float(mean)
    np.testing.assert_allclose(rebuilt, gramian, atol=2e-6 * max(gramian.max(), 1e-9))
    assert np.linalg.eigvalsh(np.float64(cosines)).min() > 0


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_no_number_makes_it_zero_and_what_is_absent_is_not_seen(bad):
    gramian, present = np.full((2, 2), 4, "float32"), ops.array([1.0, 0.0])
    scaled, mean = clean_gramian(ops.convert_to_tensor(gramian), present)
    assert ops.convert_to_numpy(scaled).tolist() == [[1, 0], [0, 0]] and float(mean) == 4
    gramian[0, 1] = bad
    scaled, mean = clean_gramian(ops.convert_to_tensor(gramian), present)
    assert not ops.convert_to_numpy(scaled).any() and float(mean) == 0


def test_equal_weights_are_shared_by_those_present():
    assert ops.convert_to_numpy(uniform_weights(ops.array([1.0, 1.0, 0.0]))).tolist() == [0.5, 0.5, 0]
    assert not ops.convert_to_numpy(uniform_weights(ops.zeros((2,)))).any()
