"""The GPU that Keras' backend computes on, where there is one: its name, its rate, and the memory taken at most."""

import contextlib
import resource
import time

import keras
import numpy as np


def gpu_name():
    """What the backend calls its GPU; None where it computes on the CPU."""
    backend = keras.backend.backend()
    if backend == "torch":
        import torch

        return torch.cuda.get_device_name() if torch.cuda.is_available() else None
    if backend == "jax":
        import jax

        device = jax.devices()[0]
        return device.device_kind if device.platform == "gpu" else None
    import tensorflow as tf

    devices = tf.config.list_physical_devices("GPU")
    return tf.config.experimental.get_device_details(devices[0])["device_name"] if devices else None


def peak_memory():
    """MiB at most so far: of the GPU, where there is one, or else of this process."""
    backend = keras.backend.backend()
    if not gpu_name():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    if backend == "torch":
        import torch

        return torch.cuda.max_memory_allocated() / 2**20
    if backend == "jax":
        import jax

        return jax.devices()[0].memory_stats()["peak_bytes_in_use"] / 2**20
    import tensorflow as tf

    return tf.config.experimental.get_memory_info("GPU:0")["peak"] / 2**20


@contextlib.contextmanager
def set_tf32(allowed):
    """Whether a GPU may round the factors of float32 products and convolutions to ten bits (TF32) meanwhile."""
    backend = keras.backend.backend()
    if backend == "torch":
        import torch

        places = torch.backends.cudnn, torch.backends.cuda.matmul
        kept = [place.allow_tf32 for place in places]
        for place in places:
            place.allow_tf32 = allowed
        try:
            yield
        finally:
            for place, value in zip(places, kept, strict=True):
                place.allow_tf32 = value
    elif backend == "jax":
        import jax

        with jax.default_matmul_precision("default" if allowed else "highest"):
            yield
    else:
        import tensorflow as tf

        kept = tf.config.experimental.tensor_float_32_execution_enabled()
        tf.config.experimental.enable_tensor_float_32_execution(allowed)
        try:
            yield
        finally:
            tf.config.experimental.enable_tensor_float_32_execution(kept)


def product_rate(dtype, side=8192, rounds=10):
    """TFLOP/s of the product of two large square matrices, which a training step can hardly exceed."""
    rng = np.random.default_rng(0)
    first, second = (
        keras.ops.cast(keras.ops.convert_to_tensor(rng.normal(0, 1, (side, side)).astype("float32")), dtype)
        for _ in range(2)
    )
    seconds = []
    with set_tf32(True):
        for _ in range(rounds):
            start = time.perf_counter()
            # One entry is read: the clock stops when the product is there.
            float(keras.ops.matmul(first, second)[0, 0])
            seconds.append(time.perf_counter() - start)
    return 2 * side**3 / float(np.median(seconds)) / 1e12
