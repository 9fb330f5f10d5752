"""Gradients within a loss, on every backend."""

import contextlib

import keras


def value_and_gradients(function, tensors, nested=False):
    """The value of a scalar function and its gradients at some tensors.

    It can stand inside what is differentiated itself; TensorFlow and JAX nest by themselves.

    Args:
        function: callable, list of tensors → scalar tensor.
        tensors: list of float tensors.
        nested: whether something will be differentiated through the gradients (torch keeps the graph for it).

    Returns:
        (scalar, list of tensors, 0 where the value does not depend on one).

    Example:

    >>> value, (gradient,) = value_and_gradients(lambda xs: ops.sum(xs[0] ** 2), [ops.array([1.0, 3.0])])
    >>> float(value), ops.convert_to_numpy(gradient).tolist()
    (10.0, [2.0, 6.0])
    """
    tensors = [x.value if isinstance(x, keras.Variable) else keras.ops.convert_to_tensor(x) for x in tensors]
    backend = keras.backend.backend()
    if backend == "jax":
        import jax

        return jax.value_and_grad(function)(tensors)
    if backend == "torch":
        import torch

        with torch.enable_grad():
            leaves = [x if nested and x.requires_grad else x.detach().clone().requires_grad_() for x in tensors]
            value = function(leaves)
            gradients = torch.autograd.grad(value, leaves, create_graph=nested, materialize_grads=True)
        return value if nested else value.detach(), list(gradients)
    import tensorflow as tf

    tensors = [tf.convert_to_tensor(x) for x in tensors]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        value = function(tensors)
    return value, tape.gradient(value, tensors, unconnected_gradients=tf.UnconnectedGradients.ZERO)


def no_gradients():
    """A context in which torch records nothing, as its optimizers want it; elsewhere it does nothing.

    Example:

    >>> with no_gradients():
    ...     x = ops.ones((2,)) + 1
    """
    if keras.backend.backend() == "torch":
        import torch

        return torch.no_grad()
    return contextlib.nullcontext()
