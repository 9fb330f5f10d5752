"""Training runs on one device."""

import keras

from xdomain_keras.errors import ConfigError


def require_one_replica():
    """Raise where TensorFlow would run a step on several devices at once.

    Each would divide the losses by its own labels alone, and the gradients would be added up: as large as the number
    of devices.

    Raises:
        ConfigError: there is a `tf.distribute` scope of more than one replica.

    Example:

    >>> require_one_replica()
    """
    if keras.backend.backend() != "tensorflow":
        return
    import tensorflow as tf

    strategy = tf.distribute.get_strategy()
    if strategy.num_replicas_in_sync > 1:
        raise ConfigError(
            f"training on {strategy.num_replicas_in_sync} devices ({type(strategy).__name__}) is not supported: their "
            "gradients would be added up; build and fit the Trainer outside of the strategy's scope, on one device."
        )
