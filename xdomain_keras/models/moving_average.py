"""A moving average of a network's weights: a teacher that changes more slowly than what is trained."""

import types

import keras
from keras import ops


class MovingAverage(keras.layers.Layer):
    """A copy of a network whose weights follow the network's, `w' ← d w' + (1 - d) w` (Tarvainen & Valpola 2017).

    The factor d grows from 0.1 to `decay` as `(1 + t) / (10 + t)` over the updates t, so that the first weights are
    soon forgotten. Nothing in the copy is trained.

    Args:
        network: `MultiHeadModel`.
        outputs: names of the tasks that the copy predicts.
        decay: d, in [0, 1).

    Example:

    >>> from xdomain_keras.models import MultiHeadModel, ThinHead
    >>> images = keras.Input((32, 32, 3))
    >>> backbone = keras.Model(images, {"c2": keras.layers.Conv2D(8, 4, 4)(images)})
    >>> network = MultiHeadModel(backbone, {"depth": ThinHead(tap="c2", filters=8, decoder_filters=(8,))})
    >>> average = MovingAverage(network, ["depth"])
    >>> average.update(network)
    >>> tuple(average(np.zeros((1, 32, 32, 3)))["depth"].shape), average.trainable_variables
    ((1, 16, 16, 1), [])
    """

    def __init__(self, network, outputs, decay=0.995, name="moving_average"):
        super().__init__(name=name)
        self.decay = decay
        self.copy = type(network).from_config(network.get_config())
        self.copy.set_weights(network.get_weights())
        self.copy.trainable = False
        places = (None, *self.copy.domains)  # with batch normalisation of their own
        self.predictors = types.MappingProxyType({own: self.copy.subnetwork(outputs, domain=own) for own in places})
        self.updates = self.add_weight((), initializer="zeros", trainable=False, name="updates")
        self.built = True

    def update(self, network):
        """Let the copy follow the network by one step."""
        decay = ops.minimum(self.decay, (1.0 + self.updates) / (10.0 + self.updates))
        for own, new in zip(self.copy.weights, network.weights, strict=True):
            own.assign(ops.cast(decay, own.dtype) * own + ops.cast(1 - decay, own.dtype) * ops.stop_gradient(new))
        self.updates.assign_add(1.0)

    def restart(self, network):
        """Forget all updates: the copy is the network."""
        self.copy.set_weights(network.get_weights())
        self.updates.assign(0.0)

    def call(self, images, domain=None):
        """Dict of task → the head's tensor, as of a network that is not being trained, on images of a domain."""
        return self.predictors[domain if domain in self.copy.domains else None](images, training=False)["outputs"]
