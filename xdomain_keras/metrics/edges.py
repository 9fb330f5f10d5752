"""Scores of edge maps against one or several annotators."""

import keras
import numpy as np

from xdomain_keras.errors import DataError
from xdomain_keras.metrics.edge_matching import best_rates, count_matches, rate, suppress_non_maxima, thin

NAMES = ("odsF", "oisF", "AP")


@keras.saving.register_keras_serializable(package="xdomain_keras")
class EdgeMetrics(keras.metrics.Metric):
    """The F-measure of edges at the best threshold of the set (`odsF`) and of each image (`oisF`), and `AP`.

    The protocol of BSDS (Martin et al. 2004; Arbelaez et al. 2011, §3): the map is thinned, cut at each threshold,
    and matched one to one with every annotator's edges within a tolerance. A predicted pixel is right when any
    annotator has it; recall counts every annotator's pixels: `P = Σ right / Σ predicted`, `R = Σ found / Σ true`,
    `F = 2PR / (P + R)`. `AP` is the area under precision over recall. Runs eagerly, on any backend, one image an
    update: about `thresholds` × annotators × 10 ms for an image of 481 × 321.

    Args:
        tolerance: largest distance of a pair as a part of the image's diagonal.
        thresholds: number of thresholds, evenly spaced within (0, 1); the benchmark's code takes 99.
        thinned: whether the map is made thin first; False where it already is.
        name: name of the metric.

    Example:

    >>> true = np.eye(20, dtype=np.uint8)
    >>> metrics = EdgeMetrics(tolerance=0.05, thresholds=9, thinned=False)
    >>> metrics.update_state(true, 0.75 * true)
    >>> metrics.result()["odsF"]
    1.0
    """

    def __init__(self, tolerance=0.0075, thresholds=33, thinned=True, name="edges"):
        super().__init__(name=name)
        self.tolerance, self.thresholds, self.thinned = tolerance, thresholds, thinned
        self.reset_state()

    def reset_state(self):
        """Forget all images."""
        self._counts = ()

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Add one image.

        Args:
            y_true: `[H, W]`, or `[H, W, A]` of A annotators; 1 on an edge (255, ignored pixels, count as none).
            y_pred: float `[H, W]` in [0, 1].
            sample_weight: not 0 = counted.

        Raises:
            DataError: shapes differ, or a predicted value is not finite.
        """
        if sample_weight is not None and float(sample_weight) == 0:
            return
        true = np.asarray(keras.ops.convert_to_numpy(y_true)) == 1
        true = true[..., None] if true.ndim == 2 else true
        pred = np.asarray(keras.ops.convert_to_numpy(y_pred), np.float32)
        if true.shape[:2] != pred.shape:
            raise DataError(f"edges: labels are {true.shape[:2]}, predictions {pred.shape}; expected one shape.")
        if not np.isfinite(pred).all():
            raise DataError("edges: a predicted value is not finite; expected parts in [0, 1].")
        if self.thinned:
            pred = suppress_non_maxima(pred)
        reach = self.tolerance * np.hypot(*pred.shape)
        counts = np.zeros((self.thresholds, 4), np.int64)
        for row, threshold in enumerate(np.linspace(0, 1, self.thresholds + 2)[1:-1]):
            cut = pred >= threshold
            cut = thin(cut) if self.thinned else cut
            counts[row] = count_matches(cut, true, reach)
        self._counts += (counts,)

    def result(self):
        """Return the scores so far.

        Returns:
            dict of name → float in [0, 1]; NaN where there was no true edge.
        """
        counts = np.array(self._counts).reshape(-1, self.thresholds, 4)
        if not counts[..., 3].sum():
            return dict.fromkeys(NAMES, float("nan"))
        precision, recall, _ = rate(counts.sum(0))
        ods, ois = best_rates(counts)
        order = np.argsort(recall)
        levels = np.arange(0, 1.01, 0.01)
        # Precision between the measured recalls, none beyond them, as the benchmark's code has it.
        area = np.interp(levels, recall[order], precision[order], left=0, right=0).sum() * 0.01
        return {"odsF": ods, "oisF": ois, "AP": float(area)}

    def get_config(self):
        options = {"tolerance": self.tolerance, "thresholds": self.thresholds, "thinned": self.thinned}
        return {**options, "name": self.name}
