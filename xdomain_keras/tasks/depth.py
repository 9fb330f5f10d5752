"""Depth: how far away every pixel is."""

from typing import Literal

import cv2
import numpy as np
from keras import ops

from xdomain_keras.data.baselines import MeanValue
from xdomain_keras.data.labels import DEPTH
from xdomain_keras.errors import ConfigError
from xdomain_keras.losses.depth_loss import DepthLoss
from xdomain_keras.losses.stretching import stretch_to
from xdomain_keras.metrics.depth import DepthMetrics
from xdomain_keras.signatures import check_choices
from xdomain_keras.tasks.dense import DenseTask


class Depth(DenseTask):
    """Distance along the optical axis: mean absolute error over the known pixels.

    Args:
        name: of the task.
        size: (height, width) of the network's input in pixels.
        scale: metres that the network's 1.0 stands for; its targets are then of the order of 1.
        cap: pixels deeper than this, in metres, are unknown, in training and in the metrics; None for no cap.
        average: of the metrics, `"pixels"` or `"images"`; see `metrics.DepthMetrics`.
        head: `name` and options of a head in `models/dense_heads.py`.
        stride: of the target map against the input.

    Example:

    >>> task = Depth("depth", (4, 4), scale=10.0)
    >>> float(task.encode({"depth_meters": np.full((4, 4), 5, np.float32)})[0, 0, 0])
    0.5
    """

    labels = (DEPTH,)
    key = "depth_meters"
    activation = "relu"
    main_metric = "delta1"
    errors = ("abs", "rel", "sq_rel", "rmse", "rmse_log")

    def __init__(
        self,
        name,
        size,
        scale: float = 1.0,
        cap: float | None = None,
        average: Literal["pixels", "images"] = "pixels",
        head: dict | None = None,
        stride: int = 1,
    ):
        super().__init__(name, size, 1, head, stride)
        check_choices(Depth, average=average)
        if not scale > 0:
            raise ConfigError(f"tasks.{name}.scale is {scale}; expected metres above 0.")
        self.scale, self.cap, self.average = scale, cap, average

    def known(self, depth):
        """Which pixels have a depth, bool."""
        return np.isfinite(depth) & (depth > 0) & (depth <= (self.cap or np.inf))

    def baseline(self):
        return MeanValue(self.key, self.known, "mean depth")

    def encode(self, sample):
        depth = super().encode(sample)
        return np.where(self.known(depth), depth / np.float32(self.scale), np.float32(0))

    def map_prediction(self, y_pred, seed=None):
        return divide_by_largest(stretch_to(y_pred, self.shape))

    def map_target(self, y_true):
        return divide_by_largest(ops.cast(y_true, "float32"))

    def loss(self, network):
        return DepthLoss()

    def prediction(self, decoded, shape):
        return {self.key: self.scale * super().prediction(decoded, shape)[self.key]}

    def metrics(self):
        return DepthMetrics(self.average, self.cap, name=self.name)

    def draw(self, image, label):
        depth = np.asarray(label[self.key], np.float32)
        known = depth > 0
        # The nearer, the brighter; logarithms spread out what is near.
        logs = np.log(np.maximum(depth, 1e-3))
        low, high = (logs[known].min(), logs[known].max()) if known.any() else (0.0, 1.0)
        bright = (255 * (high - logs) / max(high - low, 1e-6)).clip(0, 255).astype(np.uint8)
        colors = cv2.applyColorMap(bright, cv2.COLORMAP_MAGMA)[..., ::-1]
        return np.where(known[..., None], colors, 0).astype(np.uint8)


def divide_by_largest(depth):
    """Each map divided by its largest value, which is held constant; a prediction's may well be negative."""
    largest = ops.max(ops.abs(depth), axis=(1, 2, 3), keepdims=True)
    return depth / ops.stop_gradient(ops.maximum(largest, 1e-6))
