"""Weights from how fast the tasks' losses fall."""

from keras import ops

from xdomain_keras.errors import ConfigError
from xdomain_keras.training.balancing.balancer import Balancer


class DynamicWeightAverage(Balancer):
    """`w_k = K exp(r_k / T) / Σ_i exp(r_i / T)` with `r_k = L_k(t-1) / L_k(t-2)` (Liu et al. 2019, Eq. 6).

    L_k(t) is the mean over those steps of epoch t that have a label of the task; an epoch without any counts for
    no epoch of that task. Until a task has two epochs its r_k is 1, so that the first two epochs have weights 1. The
    weights sum to K before those of absent tasks are struck out.

    Args:
        num_tasks: K.
        temperature: T; the larger, the more even the weights.
        name: of the layer.

    Raises:
        ConfigError: the temperature is not positive.

    Example:

    >>> ops.convert_to_numpy(DynamicWeightAverage(2).weigh(ops.array([3.0, 4.0]), ops.array([1.0, 1.0]))).tolist()
    [1.0, 1.0]
    """

    def __init__(self, num_tasks, temperature: float = 2.0, name="dwa"):
        super().__init__(num_tasks, name)
        if temperature <= 0:
            raise ConfigError(f"balancing.temperature is {temperature}; expected a positive number.")
        self.temperature = temperature
        self.sums = self.add_state("sums", (num_tasks,))
        self.counts = self.add_state("counts", (num_tasks,))
        # The means of the last two epochs, the later first; 0 where there is none.
        self.means = self.add_state("means", (2, num_tasks))

    def weigh(self, losses, present, gramian=None):
        self.sums.assign_add(ops.where(present > 0, losses, 0.0))
        self.counts.assign_add(present)
        last, before = self.means[0], self.means[1]
        known = before > 0
        ratios = ops.where(known, last / ops.where(known, before, 1.0), 1.0)
        return self.num_tasks * ops.softmax(ratios / self.temperature) * present

    def end_epoch(self):
        counts, means = ops.convert_to_tensor(self.counts), ops.convert_to_tensor(self.means)
        # A mean of 0 would read as none.
        mean = ops.maximum(self.sums / ops.maximum(counts, 1.0), 1e-12)
        self.means.assign(ops.where(counts > 0, ops.stack([mean, means[0]]), means))
        for variable in (self.sums, self.counts):
            variable.assign(ops.zeros((self.num_tasks,)))
