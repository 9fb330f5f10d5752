"""Edges: the boundaries that people draw."""

import numpy as np

from xdomain_keras.data.baselines import Constant
from xdomain_keras.data.labels import EDGES
from xdomain_keras.losses.binary_map_loss import BinaryMapLoss
from xdomain_keras.metrics.edges import EdgeMetrics
from xdomain_keras.signatures import call
from xdomain_keras.tasks.dense import DenseTask


class Edges(DenseTask):
    """The probability of an edge at every pixel: weighted cross entropy, F-measure at the set's best threshold.

    Args:
        name: of the task.
        size: (height, width) of the network's input in pixels.
        head: `name` and options of a head in `models/dense_heads.py`.
        loss: options of `losses.BinaryMapLoss`; edges weigh 0.95 unless said otherwise.
        metrics: options of `metrics.EdgeMetrics` (tolerance, thresholds).
        stride: of the target map against the input; a cell is an edge where one of its pixels is.

    Measured against every annotator where the source has `boundaries`, else against `edges`.

    Example:

    >>> task = Edges("edges", (4, 4), stride=2)
    >>> task.encode({"edges": np.eye(4, dtype=np.uint8)})[..., 0].tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """

    labels = (EDGES,)
    key = "edges"
    activation = "sigmoid"
    main_metric = "odsF"

    def __init__(
        self,
        name,
        size,
        head: dict | None = None,
        loss: dict | None = None,
        metrics: dict | None = None,
        stride: int = 1,
    ):
        super().__init__(name, size, 1, head, stride)
        self.loss_options, self.metric_options = {"positive_weight": 0.95, **(loss or {})}, dict(metrics or {})

    def baseline(self):
        return Constant(self.key, 0.0, "no edge")

    def encode(self, sample):
        edges = EDGES.resize_map(sample[self.key], self.shape)
        return np.where(edges == 255, np.float32(-1), edges.astype(np.float32))[..., None]

    def loss(self, network):
        return call(BinaryMapLoss, self.loss_options, f"tasks.{self.name}.loss")

    def metrics(self):
        return call(EdgeMetrics, self.metric_options, f"tasks.{self.name}.metrics", name=self.name)

    def measure(self, metric, sample, prediction):
        metric.update_state(sample.get("boundaries", sample[self.key]), prediction[self.key])

    def draw(self, image, label):
        edges = np.asarray(label[self.key])
        strength = np.where(edges == 255, 0, edges) if edges.dtype == np.uint8 else edges
        return np.repeat((255 * (1 - np.clip(strength, 0, 1))).astype(np.uint8)[..., None], 3, axis=-1)
