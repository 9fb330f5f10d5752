"""Albedo, the colour of a surface without its light: a label kind of your own with its task.

xdomain train docs/examples/albedo.yaml --parts docs/examples/albedo.py
"""

import keras
import numpy as np

from xdomain_keras.data import DenseLabel
from xdomain_keras.data.baselines import MeanValue
from xdomain_keras.tasks.dense import DenseTask

# How it is checked, resized, flipped and cropped; -1 stands for pixels about which nothing is known.
ALBEDO = DenseLabel("albedo", channels=3, unknown=-1.0, least=0.0, most=1.0)


class MaskedL1(keras.losses.Loss):
    """Mean absolute error over the known pixels of each image."""

    def call(self, y_true, y_pred):
        known = keras.ops.cast(y_true >= 0, "float32")
        y_pred = keras.ops.image.resize(keras.ops.sigmoid(y_pred), y_true.shape[1:3])
        errors = keras.ops.sum(known * keras.ops.abs(y_pred - y_true), axis=(1, 2, 3))
        return errors / keras.ops.maximum(keras.ops.sum(known, axis=(1, 2, 3)), 1.0)


class MeanError:
    """Mean absolute error over the known pixels of all images, and the share of them that are right to within 0.1."""

    def __init__(self):
        self.errors = []

    def update_state(self, y_true, y_pred):
        self.errors.append(np.abs(y_true - y_pred)[y_true >= 0])

    def result(self):
        errors = np.concatenate(self.errors) if self.errors else np.array([np.nan])
        return {"within_0.1": float((errors < 0.1).mean()), "error": float(errors.mean())}


class Albedo(DenseTask):
    """The albedo of every pixel, red, green and blue in [0, 1]: mean absolute error over the known pixels.

    Args:
        name: of the task.
        size: (height, width) of the network's input in pixels.
        head: `name` and options of a head in `models/dense_heads.py`.
    """

    labels, key, activation = (ALBEDO,), "albedo", "sigmoid"
    main_metric, errors = "within_0.1", ("error",)

    def __init__(self, name, size, head: dict | None = None):
        super().__init__(name, size, 3, head)

    def empty(self):
        return np.full((*self.shape, 3), -1, np.float32)

    def baseline(self):
        return MeanValue(self.key, lambda albedo: (albedo >= 0).all(axis=-1), "mean albedo")

    def loss(self, network):
        return MaskedL1()

    def metrics(self):
        return MeanError()

    def draw(self, image, label):
        return (255 * np.clip(label[self.key], 0, 1)).astype(np.uint8)


PARTS = {"labels": {"albedo": ALBEDO}, "tasks": {"albedo": Albedo}}
