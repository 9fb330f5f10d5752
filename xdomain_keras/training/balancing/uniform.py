"""No balancing: every task counts as it is."""

from keras import ops

from xdomain_keras.training.balancing.balancer import Balancer


class Uniform(Balancer):
    """`w_k = 1`: the plain sum of the losses, with the weights in the logs.

    Args:
        num_tasks: K.
        name: of the layer.

    Example:

    >>> ops.convert_to_numpy(Uniform(2).weigh(ops.array([3.0, 0.0]), ops.array([1.0, 0.0]))).tolist()
    [1.0, 0.0]
    """

    def __init__(self, num_tasks, name="uniform"):
        super().__init__(num_tasks, name)

    def weigh(self, losses, present, gramian=None):
        return ops.cast(present, "float32")
