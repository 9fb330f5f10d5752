"""The balancer: what weighs the losses of the tasks against each other."""

import keras
from keras import ops


class Balancer(keras.layers.Layer):
    """Base of the balancers. It is a layer, so that what it learns or remembers is saved and restored.

    A subclass gives `weigh`; the loss is then `Σ_k w_k L_k` with w held constant, or, where `needs_gramian` is set,
    the gradient of the shared parameters is `Σ_k w_k g_k`. An absent task (no label in the batch) has loss 0 and
    gradient 0; it gets weight 0 and changes no state.

    Args:
        num_tasks: K.
        name: of the layer.

    Attributes:
        needs_gramian: whether `weigh` reads the inner products of the tasks' gradients.

    Example:

    >>> class First(Balancer):
    ...     def weigh(self, losses, present, gramian=None):
    ...         return present * ops.one_hot(0, self.num_tasks)
    >>> float(First(2).total(ops.array([3.0, 4.0]), ops.array([1.0, 1.0])))
    3.0
    """

    needs_gramian = False

    def __init__(self, num_tasks, name="balancer"):
        super().__init__(name=name)
        self.num_tasks = num_tasks
        self.built = True  # variables are made in the constructor: lazily made ones train nothing on JAX

    def add_state(self, name, shape, initializer="zeros"):
        """A variable that is saved, but that the optimizer leaves alone."""
        return self.add_weight(shape, initializer=initializer, trainable=False, dtype="float32", name=name)

    def weigh(self, losses, present, gramian=None):
        """The weights of one training step.

        Args:
            losses: float `[K]`, of the tasks, constant.
            present: float `[K]`, 1 where the batch has at least one label of the task.
            gramian: float `[K, K]`, inner products of the tasks' gradients; None where `needs_gramian` is not set.

        Returns:
            float32 `[K]`.
        """
        raise NotImplementedError

    def total(self, losses, present, weights=None):
        """The balanced loss, `Σ_k w_k L_k`.

        Args:
            losses: float `[K]`.
            present: float `[K]`.
            weights: what `weigh` returned for this step; None to ask it here.

        Returns:
            float32 scalar.
        """
        if weights is None:
            weights = self.weigh(ops.stop_gradient(losses), present)
        return ops.sum(ops.stop_gradient(weights) * losses)

    def end_epoch(self):
        """Called after every epoch, outside the compiled step."""
