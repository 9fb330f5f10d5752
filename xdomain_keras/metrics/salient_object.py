"""Scores of salient-object maps."""

import keras
import numpy as np

from xdomain_keras.errors import DataError
from xdomain_keras.metrics.structure import e_measure, s_measure, weighted_f_measure

CURVES = ("F_max", "F_mean", "E_max", "E_mean")
NAMES = (*CURVES, "F_adaptive", "E_adaptive", "F_weighted", "S", "MAE", "IoU", "correlation")
EPSILON = np.finfo(np.float64).eps


@keras.saving.register_keras_serializable(package="xdomain_keras")
class SalientObjectMetrics(keras.metrics.Metric):
    """The scores of salient-object maps that the field reports, each the mean over the images.

    `F = (1 + β²) P R / (β² P + R)` with β² = 0.3 (Achanta et al. 2009, Eq. 3), and E, the enhanced alignment
    (`structure.e_measure`): at each of 256 thresholds, averaged over the images, then the largest (`F_max`, `E_max`)
    and the mean (`F_mean`, `E_mean`); and at twice the map's mean (`F_adaptive`, `E_adaptive`). `F_weighted` and `S`
    are `structure.weighted_f_measure` and `structure.s_measure`, `MAE = mean |s - g|`; `IoU` is that of the object at
    threshold 0.5; `correlation` is Pearson's, 0 where a map is constant. Maps are scaled to [0, 1] image by image but
    for the IoU, as the field's evaluation codes do. Runs eagerly, on any backend, one image an update.

    Args:
        beta_squared: β².
        name: name of the metric.

    Example:

    >>> metrics = SalientObjectMetrics()
    >>> metrics.update_state(np.array([[1, 1, 0, 0]]), np.array([[0.9, 0.8, 0.1, 0.0]]))
    >>> round(metrics.result()["F_max"], 3), round(metrics.result()["MAE"], 3), metrics.result()["IoU"]
    (1.0, 0.056, 1.0)
    """

    def __init__(self, beta_squared=0.3, name="salient_object"):
        super().__init__(name=name)
        self.beta_squared = beta_squared
        self.reset_state()

    def reset_state(self):
        """Forget all images."""
        self._curves, self._sums, self._count = np.zeros((2, 256)), np.zeros(len(NAMES) - len(CURVES)), 0

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Add one image.

        Args:
            y_true: `[H, W]`, above 0 on the object.
            y_pred: float `[H, W]` in [0, 1].
            sample_weight: not 0 = counted.

        Raises:
            DataError: shapes differ, or a predicted value is not finite.
        """
        if sample_weight is not None and float(sample_weight) == 0:
            return
        true = np.asarray(keras.ops.convert_to_numpy(y_true)) > 0
        saliency = np.asarray(keras.ops.convert_to_numpy(y_pred), np.float64)
        if true.shape != saliency.shape:
            raise DataError(f"salient object: labels {true.shape}, predictions {saliency.shape}; expected one shape.")
        if not np.isfinite(saliency).all():
            raise DataError("salient object: a predicted value is not finite; expected parts in [0, 1].")
        low, high = saliency.min(), saliency.max()
        scaled = (saliency - low) / (high - low) if high > low else saliency
        levels = np.floor(scaled * 255).astype(np.int64)
        # Pixels at or above each threshold, those of the object among them.
        hits, num_chosen = (
            np.cumsum(np.bincount(part, minlength=256)[::-1])[::-1] for part in (levels[true], levels.ravel())
        )
        self._curves += self.measure_cuts(hits, num_chosen, true)
        chosen = scaled >= min(2 * scaled.mean(), 1)
        adaptive = self.measure_cuts((chosen & true).sum(), chosen.sum(), true)
        found = saliency >= 0.5
        union = (found | true).sum()
        iou = (found & true).sum() / union if union else 1.0
        whole = weighted_f_measure(true, scaled), s_measure(true, scaled), np.abs(scaled - true).mean()
        self._sums += *adaptive, *whole, iou, correlate(true, saliency)
        self._count += 1

    def measure_cuts(self, hits, num_chosen, true):
        """(F, E) of binary maps by their counts."""
        return self.f_measure(hits, num_chosen, true.sum()), e_measure(hits, num_chosen, true.sum(), true.size)

    def f_measure(self, hits, num_chosen, num_object):
        """F of `hits` among the chosen pixels and those of the object; 0 where there is no hit."""
        precision, recall = hits / np.maximum(num_chosen, 1), hits / max(num_object, 1)
        return (1 + self.beta_squared) * precision * recall / (self.beta_squared * precision + recall + EPSILON)

    def result(self):
        """Return the means so far.

        Returns:
            dict of name → float in [0, 1] (E: a trifle more); NaN without images.
        """
        if not self._count:
            return dict.fromkeys(NAMES, float("nan"))
        curves, means = self._curves / self._count, self._sums / self._count
        shapes = [shape for curve in curves for shape in (curve.max(), curve.mean())]
        return dict(zip(NAMES, map(float, (*shapes, *means)), strict=True))

    def get_config(self):
        return {"beta_squared": self.beta_squared, "name": self.name}


def correlate(true, saliency):
    """Pearson's correlation of two maps; 0 where one of them is constant."""
    a, b = true - true.mean(), saliency - saliency.mean()
    scale = np.sqrt((a * a).sum() * (b * b).sum())
    return (a * b).sum() / scale if scale > EPSILON else 0.0
