"""Scores of keypoints."""

from typing import Literal

import keras
import numpy as np

from xdomain_keras.errors import DataError
from xdomain_keras.signatures import check_choices

NAMES = ("NME", "PCK", "depth_abs")
PRESENCE = "presence_AP"


@keras.saving.register_keras_serializable(package="xdomain_keras")
class KeypointsMetrics(keras.metrics.Metric):
    """Distances between predicted and known keypoints, as parts of the object's or the image's size.

    `NME` is the mean distance of an image's keypoints, divided by the size d, averaged over images; `PCK` the part of
    all keypoints that are within `threshold · d`; `depth_abs` the mean absolute error of the known depths, in metres. d
    is √(width · height) of the box about the known keypoints (Bulat & Tzimiropoulos 2017, §4), or of the image, which
    also serves where keypoints belong to several objects. Where the box is empty (one keypoint, or several in a row or
    column) there is no d, and the image counts for `depth_abs` alone. With `absent`, `presence_AP` is the average
    precision with which the heatmaps' peaks tell the keypoints that are in the image from those that are not: the mean
    over the former of the precision among all whose peak is no lower. Runs eagerly, on any backend, one image an
    update.

    Args:
        normalizer: `"box"` or `"image"`.
        threshold: of `PCK`.
        absent: whether visibility 0 says "not in the image", and not "not known".
        name: of the metric.

    Example:

    >>> metrics = KeypointsMetrics()
    >>> true = np.array([[0.0, 0, 0, 2], [10, 10, 4, 2], [5, 5, 0, 0]])
    >>> metrics.update_state(true, true + np.array([3.0, 4.0, 1.0, 0.0]), (20, 20))
    >>> metrics.result()
    {'NME': 0.5, 'PCK': 0.0, 'depth_abs': 1.0}
    """

    def __init__(
        self, normalizer: Literal["box", "image"] = "box", threshold: float = 0.1, absent=False, name="keypoints"
    ):
        super().__init__(name=name)
        check_choices(KeypointsMetrics, normalizer=normalizer)
        self.normalizer, self.threshold, self.absent = normalizer, threshold, absent
        self.reset_state()

    def reset_state(self):
        """Forget all images."""
        self._means, self._within, self._depths, self._peaks = [], [], [], ([], [])

    def update_state(self, y_true, y_pred, size, sample_weight=None):
        """Add one image; without a known keypoint it counts for nothing.

        Args:
            y_true: float `[K, 4]`: x, y in pixels, depth in metres (0 = unknown), visibility (0 = not known, or
                absent; below 0 = not annotated).
            y_pred: float `[K, ≥ 3]`: x, y, depth; with `absent` also the peak.
            size: (height, width) of the image in pixels.
            sample_weight: not 0 = counted.

        Raises:
            DataError: the numbers of keypoints differ.
        """
        if sample_weight is not None and float(sample_weight) == 0:
            return
        y_true, y_pred = (np.asarray(keras.ops.convert_to_numpy(rows), np.float64) for rows in (y_true, y_pred))
        if len(y_true) != len(y_pred):
            raise DataError(f"keypoints: {len(y_true)} in the labels, {len(y_pred)} predicted; expected as many.")
        known = y_true[:, 3] > 0
        if self.absent:
            annotated = y_true[:, 3] >= 0
            for kept, own in zip(self._peaks, (known, y_pred[:, 3]), strict=True):
                kept.extend(own[annotated])
        true, pred = y_true[known], y_pred[known]
        if not len(true):
            return
        sides = np.ptp(true[:, :2], axis=0) if self.normalizer == "box" else np.array(size, np.float64)
        if unit := np.sqrt(sides.prod()):
            distances = np.linalg.norm(true[:, :2] - pred[:, :2], axis=1) / unit
            self._means.append(distances.mean())
            self._within.extend(distances < self.threshold)
        self._depths.extend(np.abs(true[:, 2] - pred[:, 2])[true[:, 2] != 0])

    def result(self):
        """Return the scores so far.

        Returns:
            dict of name → float; NaN where nothing was counted.
        """
        values = (self._means, self._within, self._depths)
        found = {name: float(np.mean(own)) if own else float("nan") for name, own in zip(NAMES, values, strict=True)}
        return {**found, PRESENCE: average_precision(*self._peaks)} if self.absent else found

    def get_config(self):
        options = {"normalizer": self.normalizer, "threshold": self.threshold, "absent": self.absent}
        return {**options, "name": self.name}


def average_precision(positive, scores):
    """The mean over the positives of the precision among all that score no lower; NaN without a positive.

    Example:

    >>> average_precision([True, False, True], [0.9, 0.5, 0.5])
    0.8333333333333333
    """
    scores = np.asarray(scores)
    own = np.sort(scores[np.asarray(positive, bool)])
    among_own, among_all = (len(each) - np.searchsorted(each, own) for each in (own, np.sort(scores)))
    return float((among_own / among_all).mean()) if len(own) else float("nan")
