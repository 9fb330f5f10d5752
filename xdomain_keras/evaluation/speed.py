"""Comparing the speed of models in one process, turn by turn, so that a noisy machine is fair to all."""

import statistics
import time

import keras
import numpy as np


def compare_speed(models, batch_size=8, rounds=10):
    """Time several models by turns.

    Args:
        models: dict of name → model over images, or list of models that run one after the other.
        batch_size: images a forward pass.
        rounds: turns; the median counts.

    Returns:
        dict of name → images a second.

    Example:

    >>> images = keras.Input((8, 8, 3))
    >>> speed = compare_speed({"mean": keras.Model(images, keras.layers.GlobalAveragePooling2D()(images))}, rounds=2)
    >>> speed["mean"] > 0
    True
    """
    groups = {name: model if isinstance(model, list) else [model] for name, model in models.items()}
    seconds = {name: [] for name in groups}
    for turn in range(rounds + 2):  # the first two turns compile and warm up
        for name, group in groups.items():
            inputs = [random_images(model, batch_size) for model in group]
            start = time.perf_counter()
            for model, images in zip(group, inputs, strict=True):
                model.predict_on_batch(images)
            if turn >= 2:
                seconds[name].append(time.perf_counter() - start)
    return {name: batch_size / statistics.median(values) for name, values in seconds.items()}


def random_images(model, batch_size):
    """Noise in the shape of a model's input."""
    shape = keras.tree.flatten(model.input)[0].shape[1:]
    return np.random.default_rng(0).uniform(0, 255, (batch_size, *shape)).astype("float32")
