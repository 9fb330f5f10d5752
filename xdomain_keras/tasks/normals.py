"""Surface normals: which way every pixel's surface faces."""

import numpy as np
from keras import ops

from xdomain_keras.data.baselines import MeanValue
from xdomain_keras.data.labels import NORMALS
from xdomain_keras.losses.normals_loss import NormalsLoss
from xdomain_keras.metrics.normals import NormalsMetrics
from xdomain_keras.tasks.dense import DenseTask


class Normals(DenseTask):
    """Unit vectors in the camera's frame: one minus the cosine over the known pixels.

    Args:
        name: of the task.
        size: (height, width) of the network's input in pixels.
        head: `name` and options of a head in `models/dense_heads.py`.
        stride: of the target map against the input.

    Example:

    >>> task = Normals("normals", (8, 8), stride=2)
    >>> task.encode({"normals": np.tile(np.float32([0, 0, -1]), (8, 8, 1))}).shape
    (4, 4, 3)
    """

    labels = (NORMALS,)
    key = "normals"
    activation = "unit"
    main_metric = "within_30"
    errors = ("mean", "median", "rmse")

    def __init__(self, name, size, head: dict | None = None, stride: int = 1):
        super().__init__(name, size, 3, head, stride)

    def baseline(self):
        return MeanValue(self.key, lambda normals: normals.any(axis=-1), "constant normal", unit_length=True)

    def empty(self):
        return np.zeros((*self.shape, 3), np.float32)

    def map_prediction(self, y_pred, seed=None):
        return (super().map_prediction(y_pred) + 1) / 2

    def map_target(self, y_true):
        y_true = ops.cast(y_true, "float32")
        return ops.where(ops.any(y_true != 0, axis=-1, keepdims=True), (y_true + 1) / 2, 0.0)

    def loss(self, network):
        return NormalsLoss()

    def metrics(self):
        return NormalsMetrics(name=self.name)

    def draw(self, image, label):
        normals = np.asarray(label[self.key], np.float32)
        lengths = np.linalg.norm(normals, axis=-1, keepdims=True)
        # Right is red, up is green, towards the camera is blue.
        colors = 127.5 * (1 + normals / np.maximum(lengths, 1e-6) * np.float32([1, -1, -1]))
        return np.where(lengths > 0, colors, 0).astype(np.uint8)
