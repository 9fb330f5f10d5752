"""Scores of surface normals."""

import keras
import numpy as np

from xdomain_keras.errors import DataError

NAMES = ("mean", "median", "rmse", "within_11.25", "within_22.5", "within_30")


@keras.saving.register_keras_serializable(package="xdomain_keras")
class NormalsMetrics(keras.metrics.Metric):
    """The angle between predicted and known normals in degrees, pooled over all known pixels of the set.

    `angle = acos(n · m / |n||m|)`; its mean, median, root mean square, and the parts below 11.25°, 22.5° and 30°
    (Fouhey et al. 2013, §4). Runs eagerly, on any backend, one image an update; four bytes a pixel are kept.

    Args:
        name: name of the metric.

    Example:

    >>> metrics = NormalsMetrics()
    >>> metrics.update_state(np.array([[[0, 0, -1.0], [0, -1.0, 0]]]), np.array([[[0, 0, -2.0], [0, -1.0, -1.0]]]))
    >>> round(metrics.result()["mean"], 2), metrics.result()["within_30"]
    (22.5, 0.5)
    """

    def __init__(self, name="normals"):
        super().__init__(name=name)
        self.reset_state()

    def reset_state(self):
        """Forget all images."""
        self._angles = ()

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Add one image; without a known pixel it counts for nothing.

        Args:
            y_true: float `[H, W, 3]`, unit vectors; 0 = unknown.
            y_pred: float `[H, W, 3]`, of any length.
            sample_weight: not 0 = counted.

        Raises:
            DataError: shapes differ, or a value is not finite.
        """
        if sample_weight is not None and float(sample_weight) == 0:
            return
        y_true, y_pred = (np.asarray(keras.ops.convert_to_numpy(map), np.float64) for map in (y_true, y_pred))
        if y_true.shape != y_pred.shape:
            raise DataError(f"normals: labels are {y_true.shape}, predictions {y_pred.shape}; expected one shape.")
        known = y_true.any(-1)
        true, pred = y_true[known], y_pred[known]
        if not (np.isfinite(true).all() and np.isfinite(pred).all()):
            raise DataError("normals: a value is not finite; expected unit vectors, or 0 where unknown.")
        lengths = np.linalg.norm(true, axis=-1) * np.linalg.norm(pred, axis=-1)
        cosine = np.clip((true * pred).sum(-1) / np.maximum(lengths, 1e-12), -1, 1)
        self._angles += (np.degrees(np.arccos(cosine)).astype(np.float32),)

    def result(self):
        """Return the scores so far.

        Returns:
            dict of name → float, degrees and parts in [0, 1]; NaN where nothing was known.
        """
        angles = np.concatenate(self._angles or (np.zeros(0),)).astype(np.float64)
        if not angles.size:
            return dict.fromkeys(NAMES, float("nan"))
        within = [np.mean(angles < limit) for limit in (11.25, 22.5, 30)]
        values = (angles.mean(), np.median(angles), np.sqrt(np.mean(angles**2)), *within)
        return dict(zip(NAMES, map(float, values), strict=True))

    def get_config(self):
        return {"name": self.name}
