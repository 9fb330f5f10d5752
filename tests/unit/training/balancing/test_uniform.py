import numpy as np
from keras import ops

from xdomain_keras.training.balancing import Uniform


def test_it_is_the_plain_sum_of_what_is_present():
    losses, present = ops.array([3.0, 4.0, 0.0]), ops.array([1.0, 1.0, 0.0])
    balancer = Uniform(3)
    assert ops.convert_to_numpy(balancer.weigh(losses, present)).tolist() == [1, 1, 0]
    assert float(balancer.total(losses, present)) == 7 and not balancer.variables and not balancer.needs_gramian
    np.testing.assert_array_equal(balancer.weigh(losses, present, ops.eye(3)), present)
