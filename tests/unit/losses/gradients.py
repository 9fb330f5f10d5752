"""The gradient of a scalar function on whichever backend runs."""

import keras
import numpy as np
from keras import ops


def gradient(function, value):
    """d function / d value as a NumPy array."""
    backend, value = keras.backend.backend(), np.asarray(value, "float32")
    if backend == "jax":
        import jax

        return np.array(jax.grad(function)(value))  # a copy that may be written to
    if backend == "torch":
        import torch

        tensor = torch.tensor(value, device=ops.zeros(()).device, requires_grad=True)
        function(tensor).backward()
        return tensor.grad.cpu().numpy()
    import tensorflow as tf

    variable = tf.Variable(value)
    with tf.GradientTape() as tape:
        result = function(variable)
    return tf.convert_to_tensor(tape.gradient(result, variable)).numpy()
