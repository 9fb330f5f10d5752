"""Salient object: the mask of what stands out."""

import numpy as np

from xdomain_keras.losses.binary_map_loss import BinaryMapLoss
from xdomain_keras.metrics.salient_object import SalientObjectMetrics
from xdomain_keras.signatures import call
from xdomain_keras.tasks.dense import DenseTask
from xdomain_keras.tasks.task import faded


class SalientObject(DenseTask):
    """The probability that a pixel belongs to the object: balanced cross entropy, F-measure.

    Args:
        name: of the task.
        size: (height, width) of the network's input in pixels.
        head: `name` and options of a head in `models/dense_heads.py`.
        loss: options of `losses.BinaryMapLoss`.
        stride: of the target map against the input.

    Example:

    >>> task = SalientObject("salient_object", (4, 4))
    >>> task.encode({"salient_object": np.eye(4, dtype=np.uint8)})[0, :, 0].tolist()
    [1.0, 0.0, 0.0, 0.0]
    """

    labels = ("salient_object",)
    key = "salient_object"
    activation = "sigmoid"
    main_metric = "F_max"

    def __init__(self, name, size, head: dict | None = None, loss: dict | None = None, stride: int = 1):
        super().__init__(name, size, 1, head, stride)
        self.loss_options = dict(loss or {})

    def loss(self, network):
        return call(BinaryMapLoss, self.loss_options, f"tasks.{self.name}.loss")

    def metrics(self):
        return SalientObjectMetrics(name=self.name)

    def draw(self, image, label):
        mask = np.clip(np.asarray(label[self.key], np.float32), 0, 1)[..., None]
        return (mask * np.asarray(image) + (1 - mask) * 0.5 * faded(image)).astype(np.uint8)
