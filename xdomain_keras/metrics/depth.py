"""Scores of depth maps."""

from typing import Literal

import keras
import numpy as np

from xdomain_keras.errors import DataError
from xdomain_keras.signatures import check_choices

NAMES = ("abs", "rel", "sq_rel", "rmse", "rmse_log", "delta1", "delta2", "delta3")
# Predictions are at least this deep where they are divided by or stand in a logarithm.
MIN_DEPTH = 1e-3


@keras.saving.register_keras_serializable(package="xdomain_keras")
class DepthMetrics(keras.metrics.Metric):
    """Errors of a predicted depth p against the known depth d (Eigen et al. 2014, §4.2).

    `abs = mean |d - p|`, `rel = mean |d - p| / d`, `sq_rel = mean (d - p)² / d`, `rmse = sqrt(mean (d - p)²)`,
    `rmse_log = sqrt(mean (log d - log p)²)`, `delta_k` = part of the pixels with `max(d/p, p/d) < 1.25^k`.
    Runs eagerly, on any backend, one image an update.

    Args:
        average: `"pixels"`: over all known pixels of the set (paper 002); `"images"`: over each image's own scores
            (paper 001).
        cap: pixels deeper than this are left out, and predictions cut off; None for no cap.
        name: name of the metric.

    Raises:
        ConfigError: unknown `average`.

    Example:

    >>> metrics = DepthMetrics()
    >>> metrics.update_state(np.array([[2.0, 4.0, 0.0]]), np.array([[1.0, 4.0, 9.0]]))
    >>> round(metrics.result()["abs"], 3), metrics.result()["rel"], metrics.result()["delta1"]
    (0.5, 0.25, 0.5)
    """

    def __init__(self, average: Literal["pixels", "images"] = "pixels", cap=None, name="depth"):
        super().__init__(name=name)
        check_choices(DepthMetrics, average=average)
        self.average, self.cap = average, cap
        self.reset_state()

    def reset_state(self):
        """Forget all images."""
        self._totals, self._count = np.zeros(len(NAMES)), 0

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Add one image; without a known pixel it counts for nothing.

        Args:
            y_true: float `[H, W]`, 0 = unknown.
            y_pred: float `[H, W]`.
            sample_weight: not 0 = counted.

        Raises:
            DataError: shapes differ, or a known depth is negative or not finite.
        """
        if sample_weight is not None and float(sample_weight) == 0:
            return
        y_true, y_pred = (np.asarray(keras.ops.convert_to_numpy(map), np.float64) for map in (y_true, y_pred))
        if y_true.shape != y_pred.shape:
            raise DataError(f"depth: labels are {y_true.shape}, predictions {y_pred.shape}; expected one shape.")
        if not np.isfinite(y_true).all() or y_true.min(initial=0) < 0:
            raise DataError("depth: a label is negative or not finite; expected metres above 0, or 0 where unknown.")
        known = (y_true > 0) & (y_true <= (self.cap or np.inf))
        true, pred = y_true[known], np.minimum(y_pred[known], self.cap or np.inf)
        if not true.size:
            return
        error, pred = np.abs(true - pred), np.maximum(pred, MIN_DEPTH)
        ratio = np.maximum(true / pred, pred / true)
        sums = [
            error.sum(),
            (error / true).sum(),
            (error**2 / true).sum(),
            (error**2).sum(),
            (np.log(true / pred) ** 2).sum(),
            *((ratio < 1.25**power).sum() for power in (1, 2, 3)),
        ]
        if self.average == "images":
            self._totals += take_roots(np.array(sums) / true.size)
            self._count += 1
        else:
            self._totals += sums
            self._count += true.size

    def result(self):
        """Return the scores so far.

        Returns:
            dict of name → float; NaN where nothing was known.
        """
        means = self._totals / self._count if self._count else np.full(len(NAMES), np.nan)
        if self.average == "pixels":
            means = take_roots(means)
        return dict(zip(NAMES, map(float, means), strict=True))

    def get_config(self):
        return {"average": self.average, "cap": self.cap, "name": self.name}


def take_roots(means):
    """Mean squares of `NAMES` to their roots."""
    rooted = np.array([name.startswith("rmse") for name in NAMES])
    return np.where(rooted, np.sqrt(means), means)
