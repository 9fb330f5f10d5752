"""Scores of segmentations whose regions have no class."""

import keras
import numpy as np

from xdomain_keras.errors import DataError
from xdomain_keras.metrics.edge_matching import best_rates, count_matches, region_boundaries

NAMES = ("covering", "PRI", "VI", "AP50_approximate")


def contingency(true, pred):
    """Count the pixels that each region of one map shares with each of another.

    Args:
        true: int `[H, W]`: region numbers, below 0 = ignored.
        pred: int `[H, W]`: region numbers from 0 up.

    Returns:
        int64 `[T, P]`, a row a region of `true` and a column a region of `pred`, none empty.

    Example:

    >>> contingency(np.array([[7, 7, 9, -1]]), np.array([[0, 1, 1, 1]]))
    array([[1, 1],
           [0, 1]])
    """
    known = true >= 0
    rows, columns = (np.unique(each[known], return_inverse=True) for each in (true, pred))
    shape = len(rows[0]), len(columns[0])
    return np.bincount(rows[1] * shape[1] + columns[1], minlength=shape[0] * shape[1]).reshape(shape)


def compare_segmentations(table):
    """The three scores of one contingency table (Arbelaez et al. 2011, §3.2).

    Covering of the true regions R by the predicted ones R': `Σ_R |R| max_R' |R ∩ R'| / |R ∪ R'| / Σ |R|`. Rand index:
    the part of the pairs of pixels that are together in both or apart in both. Variation of information:
    `H(true) + H(pred) - 2 I(true, pred)`, in bits.

    Args:
        table: of `contingency`.

    Returns:
        (covering in [0, 1], Rand index in [0, 1], variation of information from 0 up).

    Example:

    >>> [round(float(score), 3) for score in compare_segmentations(np.array([[2, 0], [0, 2]]))]
    [1.0, 1.0, 0.0]
    """
    table = table.astype(np.float64)
    rows, columns, total = table.sum(1), table.sum(0), table.sum()
    overlap = table / (rows[:, None] + columns - table)
    covering = (rows * overlap.max(1)).sum() / total
    pairs = total * (total - 1) / 2
    disagree = (rows**2).sum() / 2 + (columns**2).sum() / 2 - (table**2).sum()
    rand = 1 - disagree / pairs if pairs else 1.0
    # H(true | pred) + H(pred | true): no difference of large numbers.
    share = table[table > 0] / total
    row, column = np.nonzero(table)
    variation = -(share * (np.log2(share / (columns[column] / total)) + np.log2(share / (rows[row] / total)))).sum()
    return covering, rand, abs(variation)  # -0 where they agree


def matched_part(table):
    """The part of the predicted regions whose intersection over union with a true one is at least one half.

    Stands for the AP of paper 003, Table 5, which the paper does not define: there is neither a class nor a confidence.

    Args:
        table: of `contingency`.

    Returns:
        float in [0, 1].

    Example:

    >>> matched_part(np.array([[3, 1, 0], [0, 1, 1]]))
    0.6666666666666666
    """
    overlap = table / (table.sum(1)[:, None] + table.sum(0) - table)
    return float((overlap.max(0) >= 0.5).mean())


@keras.saving.register_keras_serializable(package="xdomain_keras")
class RegionMetrics(keras.metrics.Metric):
    """Covering, probabilistic Rand index (PRI) and variation of information (VI), as BSDS500 measures them; and what
    `matched_part` says, as `AP50_approximate`.

    An image is segmented at several values of one parameter, and compared with what several annotators drew: the scores
    are means over the annotators, then over the images; the covering is pooled over all their regions, by area. ODS
    is the score at the value that is best for the whole set, of each score by itself; OIS that with the best value for
    each image. Runs eagerly, on any backend, one image an update.

    Args:
        boundaries: whether the regions' boundaries are matched too, for their F-measure (`metrics.EdgeMetrics`). That
            takes four times as long.
        tolerance: of the boundaries: largest distance of a pair as a part of the image's diagonal.
        name: of the metric.

    Example:

    >>> metrics = RegionMetrics()
    >>> true = np.array([[0, 0, 1, 1]])
    >>> metrics.update_state(true, np.stack([np.zeros_like(true), true], axis=-1))
    >>> metrics.result()["covering_ods"], metrics.result()["VI_ods"]
    (1.0, 0.0)
    """

    def __init__(self, boundaries=False, tolerance=0.0075, name="regions"):
        super().__init__(name=name)
        self.boundaries, self.tolerance = boundaries, tolerance
        self.reset_state()

    def reset_state(self):
        """Forget all images."""
        self._scores, self._areas, self._counts = [], [], []

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Add one image.

        Args:
            y_true: int `[H, W]`, or `[H, W, A]` of A annotators: region numbers, below 0 = ignored.
            y_pred: int `[H, W]`, or `[H, W, K]` at K values of the parameter: region numbers from 0 up.
            sample_weight: not 0 = counted.

        Raises:
            DataError: shapes differ, or a predicted number is below 0, or another number of values than before.
        """
        if sample_weight is not None and float(sample_weight) == 0:
            return
        true, pred = (np.asarray(keras.ops.convert_to_numpy(each)) for each in (y_true, y_pred))
        true = true[..., None] if true.ndim == 2 else true
        pred = np.moveaxis(pred, -1, 0) if pred.ndim == 3 else pred[None]
        if true.shape[:2] != pred.shape[1:]:
            raise DataError(f"regions: labels are {true.shape[:2]}, predictions {pred.shape[1:]}; expected one shape.")
        if pred.min() < 0:
            raise DataError(f"regions: a predicted number is {pred.min()}; expected numbers from 0 up.")
        if self._scores and len(self._scores[0]) != len(pred):
            raise DataError(
                f"regions: {len(pred)} segmentations of an image, {len(self._scores[0])} of those before; expected one "
                "number for all."
            )
        drawn = [true[..., column] for column in range(true.shape[-1]) if (true[..., column] >= 0).any()]
        if not drawn:
            return
        areas = np.array([(each >= 0).sum() for each in drawn], np.float64)
        tables = [[contingency(each, cut) for each in drawn] for cut in pred]
        scores = np.array([[(*compare_segmentations(own), matched_part(own)) for own in row] for row in tables])
        # `[K, 4]`: the covering by area, the others each annotator alike.
        pooled = (scores[..., 0] * areas).sum(1) / areas.sum()
        self._scores.append(np.column_stack([pooled, scores[..., 1:].mean(1)]))
        self._areas.append(areas.sum())
        if self.boundaries:
            edges = np.stack([region_boundaries(each) for each in drawn], axis=-1)
            reach = self.tolerance * np.hypot(*edges.shape[:2])
            self._counts.append([count_matches(region_boundaries(cut), edges, reach) for cut in pred])

    def result(self):
        """Return the scores so far.

        Returns:
            dict `{score}_ods`, `{score}_ois` → float; NaN without images. VI: lower is better; all others
            (and `boundary_F`, where boundaries are matched): higher.
        """
        if not self._scores:
            names = (*NAMES, *(["boundary_F"] if self.boundaries else []))
            return {f"{name}_{kind}": float("nan") for kind in ("ods", "ois") for name in names}
        sign = np.array([1, 1, -1, 1])
        ods = sign * (sign * self.curve()).max(0)
        ois = self._mean(sign * (sign * np.stack(self._scores)).max(1))
        kinds = (("ods", ods), ("ois", ois))
        found = {f"{name}_{kind}": float(best[column]) for kind, best in kinds for column, name in enumerate(NAMES)}
        if self.boundaries:
            found["boundary_F_ods"], found["boundary_F_ois"] = best_rates(np.array(self._counts))
        return found

    def curve(self):
        """The scores at every value of the parameter: float `[K, 4]`, in the order of `NAMES`."""
        return self._mean(np.stack(self._scores))

    def _mean(self, scores):
        """The mean over images of `[images, …, 4]`: of the covering by area, of the others each image alike."""
        areas = np.array(self._areas)
        return np.stack([np.average(scores[..., column], 0, None if column else areas) for column in range(4)], -1)

    def get_config(self):
        return {"boundaries": self.boundaries, "tolerance": self.tolerance, "name": self.name}
