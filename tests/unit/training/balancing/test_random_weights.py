import numpy as np
import pytest
from keras import ops

from xdomain_keras.training.balancing import RandomWeights


def draw(balancer, present, count=1):
    present = ops.convert_to_tensor(np.float32(present))
    return np.array([ops.convert_to_numpy(balancer.weigh(present, present)) for _ in range(count)])


@pytest.mark.parametrize("present", [[1, 1, 1, 1], [1, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]])
def test_present_tasks_share_their_number(present):
    weights = draw(RandomWeights(4), present, 20)
    np.testing.assert_allclose(weights.sum(axis=1), sum(present), rtol=1e-5)
    assert ((weights > 0) == np.bool_(present)).all()


def test_they_are_softmaxes_of_standard_normals():
    weights = draw(RandomWeights(2), [1, 1], 600)
    # log(w_1 / w_2) is the difference of two standard normals.
    differences = np.log(weights[:, 0] / weights[:, 1])
    assert abs(differences.mean()) < 0.2 and abs(differences.std() - 2**0.5) < 0.15
    assert abs(weights.mean(axis=0) - 1).max() < 0.1


def test_seeds_repeat_themselves():
    first, again, other = (draw(RandomWeights(3, seed), [1, 1, 1], 3) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other) and not np.array_equal(first[0], first[1])
