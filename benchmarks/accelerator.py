"""The GPU that Keras' backend computes on, where there is one, and how much memory a process has taken at most."""

import resource

import keras


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
