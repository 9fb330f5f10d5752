"""Random gradients of all the kinds that balancers meet, and balancers compiled once."""

import functools

import keras
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

KINDS = ("plain", "unequal", "agreeing", "opposed", "identical", "opposite", "one zero", "all zero", "few dimensions")
SIZES = (1, 2, 3, 5)


def draw_gradients(num_tasks, kind, seed):
    """Gradients as rows, float64 `[K, D]`."""
    rng = np.random.default_rng(seed)
    gradients = rng.normal(size=(num_tasks, 2 if kind == "few dimensions" else num_tasks + 4))
    if kind == "unequal":
        gradients *= 10.0 ** rng.uniform(-2, 2, (num_tasks, 1))
    elif kind == "agreeing":
        gradients += 2 * rng.normal(size=gradients.shape[1])
    elif kind == "opposed":
        gradients -= 0.9 * gradients.mean(axis=0)
    elif kind == "identical":
        gradients[0] = gradients[-1]
    elif kind == "opposite":
        gradients[0] = -gradients[-1]
    elif kind == "one zero":
        gradients[0] = 0
    elif kind == "all zero":
        gradients *= 0
    return gradients


def every_kind(sizes=SIZES, kinds=KINDS, examples=250):
    """Decorator: a test of random `gradients`, so many times."""
    drawn = st.builds(draw_gradients, st.sampled_from(sizes), st.sampled_from(kinds), st.integers(0, 2**32 - 1))
    return lambda test: settings(max_examples=examples)(given(drawn)(test))


def weights_of(balancer, gradients, present=None, losses=None):
    """The weights as float64; state stays as it is."""
    size = len(gradients)
    arrays = [np.ones(size) if losses is None else losses, np.ones(size) if present is None else present]
    arrays = [np.float32(array) for array in (*arrays, gradients @ gradients.T)]
    return np.float64(ops.convert_to_numpy(compiled(balancer)(*arrays)))


@functools.cache
def compiled(balancer):
    def weigh(losses, present, gramian):
        with keras.StatelessScope():
            return balancer.weigh(*map(ops.convert_to_tensor, (losses, present, gramian)))

    return compile_whole(weigh)


def compile_whole(function):
    """The function compiled as a training step is, so that 250 calls take seconds."""
    if keras.backend.backend() == "jax":
        import jax

        return jax.jit(function)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return tf.function(function, reduce_retracing=False)
    return function


def spread(gradients):
    """The least eigenvalue of the cosines: far from 0, weights are unique; 0 with a zero gradient."""
    norms = np.linalg.norm(gradients, axis=1)
    if not norms.all():
        return 0.0
    return np.linalg.eigvalsh((gradients / norms[:, None]) @ (gradients / norms[:, None]).T).min()


def assert_no_conflict(gradients, weights, tolerance=1e-3):
    """`<d, g_k> ≥ 0` for all k, up to the rounding of float32."""
    norms = np.linalg.norm(gradients, axis=1)
    products = gradients @ (weights @ gradients)
    assert (products >= -tolerance * norms * (np.abs(weights) @ norms) - 1e-12).all()


def assert_an_absent_task_is_as_none(make, gradients):
    """The weights of K tasks of which the last one is absent are those of K - 1 tasks, and 0."""
    size = len(gradients)
    shorter = weights_of(make(size - 1), gradients[:-1])
    weights = weights_of(make(size), gradients, present=np.arange(size) < size - 1)
    assert weights[-1] == 0
    np.testing.assert_allclose(weights[:-1] @ gradients[:-1], shorter @ gradients[:-1], rtol=2e-3, atol=2e-3)
    none = weights_of(make(size), gradients, present=np.zeros(size))
    assert not none.any()


def assert_order_does_not_matter(make, gradients):
    """Turned round, the tasks get the same weights."""
    balancer = make(len(gradients))
    there, back = weights_of(balancer, gradients), weights_of(balancer, gradients[::-1])[::-1]
    np.testing.assert_allclose(there, back, rtol=5e-3, atol=5e-3 * np.abs(there).max())
