"""What a network costs: parameters, multiply-adds, speed, memory."""

import json
import math
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

import keras
import numpy as np

from xdomain_keras.errors import ConfigError


def count_parameters(model):
    """Count the trainable parameters.

    Args:
        model: built `keras.Model`.

    Returns:
        int.

    Example:

    >>> images = keras.Input((4, 4, 3))
    >>> count_parameters(keras.Model(images, keras.layers.Conv2D(2, 3)(images)))
    56
    """
    return count_numbers(model.trainable_variables)


def count_numbers(variables):
    """Count the numbers in some variables.

    Example:

    >>> count_numbers([keras.Variable([[1.0, 2.0]])])
    2
    """
    return sum(math.prod(variable.shape) for variable in variables)


def count_macs(model, image_size=None):
    """Count the multiply-adds of all convolutions and dense layers, for one image.

    Biases, normalisation, activations and resizing are left out, as is usual. The network is walked
    with symbolic tensors, into nested models and layers made of layers, and nothing is computed.

    Args:
        model: functional `keras.Model` over images.
        image_size: (height, width); None for the size that the model was built with.

    Returns:
        int.

    Raises:
        ConfigError: the model has no fixed size and `image_size` is None.

    Example:

    >>> images = keras.Input((4, 4, 3))
    >>> count_macs(keras.Model(images, keras.layers.Conv2D(2, 3)(images))) == (3 * 3 * 3 * 2) * (2 * 2)
    True
    """
    height, width = image_size or model.inputs[0].shape[1:3]
    if height is None or width is None:
        raise ConfigError(f"count_macs: {model.name} takes images of any size; give image_size=(height, width).")
    total = 0
    call = keras.layers.Layer.__call__

    def call_and_count(layer, *args, **kwargs):
        nonlocal total
        if layer._flatten_layers(include_self=False):
            return layer.call(*args, **kwargs)
        outputs = call(layer, *args, **kwargs)
        total += _layer_macs(layer, args, outputs)
        return outputs

    keras.layers.Layer.__call__ = call_and_count
    try:
        model.call(keras.KerasTensor((1, height, width, model.inputs[0].shape[-1])))
    finally:
        keras.layers.Layer.__call__ = call
    return total


def _layer_macs(layer, args, outputs):
    """Every weight of a kernel is used once for each position of the output (transposed: of the input)."""
    transposed = (keras.layers.Conv1DTranspose, keras.layers.Conv2DTranspose, keras.layers.Conv3DTranspose)
    if isinstance(layer, transposed):
        return math.prod(layer.kernel.shape) * math.prod(args[0].shape) // layer.kernel.shape[-1]
    names = ("kernel", "depthwise_kernel", "pointwise_kernel")
    kernels = [getattr(layer, name) for name in names if getattr(layer, name, None) is not None]
    if not kernels:
        return 0
    shape = outputs.shape
    channels = shape[1] if getattr(layer, "data_format", "") == "channels_first" else shape[-1]
    return sum(math.prod(kernel.shape) for kernel in kernels) * math.prod(shape) // channels


def measure(model, image_size, batch_size=1, seconds=5.0):
    """Measure speed and memory of inference in a fresh process of the same backend.

    Args:
        model: `keras.Model` over images, that can be saved.
        image_size: (height, width).
        batch_size: images at a time.
        seconds: how long to repeat; the first two batches are not timed.

    Returns:
        dict of `images_per_second` (float) and `peak_memory_mb` (float): the highest resident memory of
        the process, framework included, in 2**20 bytes of the host; memory of a GPU is not in it.

    Raises:
        RuntimeError: the process failed; the message is its last line.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "model.keras"
        model.save(path)
        arguments = json.dumps([str(path), list(image_size), batch_size, seconds])
        program = "import sys; from xdomain_keras.evaluation.profile import _measure_here; _measure_here(sys.argv[1])"
        environment = {**os.environ, "KERAS_BACKEND": keras.backend.backend()}
        environment["PYTHONPATH"] = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
        process = subprocess.run(
            [sys.executable, "-c", program, arguments], capture_output=True, text=True, env=environment, check=False
        )
    if process.returncode:
        raise RuntimeError(f"measure: the process failed: {(process.stderr.strip() or 'no message').splitlines()[-1]}")
    return json.loads(process.stdout.splitlines()[-1])


def _measure_here(arguments):
    import xdomain_keras.layers
    import xdomain_keras.models  # noqa: F401  registers what the file may hold

    path, image_size, batch_size, seconds = json.loads(arguments)
    model = keras.models.load_model(path)
    images = np.random.default_rng(0).uniform(0, 255, (batch_size, *image_size, 3)).astype("float32")
    for _ in range(2):
        model.predict_on_batch(images)
    start, batches = time.perf_counter(), 0
    while not batches or time.perf_counter() - start < seconds:
        model.predict_on_batch(images)
        batches += 1
    speed = batches * batch_size / (time.perf_counter() - start)
    unit = 2**20 if sys.platform == "darwin" else 2**10  # macOS counts bytes, Linux kilobytes
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    print(json.dumps({"images_per_second": speed, "peak_memory_mb": memory}))
