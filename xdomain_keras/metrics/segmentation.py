"""Scores of semantic segmentation from one confusion matrix."""

import keras
import numpy as np

from xdomain_keras.errors import DataError


@keras.saving.register_keras_serializable(package="xdomain_keras")
class SegmentationMetrics(keras.metrics.Metric):
    """Mean intersection over union, pixel accuracy, and the IoU of each class, over all pixels of the set.

    `IoU_c = n_cc / (Σ_j n_cj + Σ_j n_jc - n_cc)` with `n_ij` pixels of class i predicted as j (Long et al. 2015,
    §5); `mIoU` is its mean over the classes that occur in labels or predictions, `pixel_accuracy = Σ_c n_cc / n`.
    Runs eagerly, on any backend, one image an update.

    Args:
        class_names: names of the classes.
        per_class: whether `result()` also holds `IoU_<name>`.
        name: name of the metric.

    Example:

    >>> metrics = SegmentationMetrics(["road", "sky"])
    >>> metrics.update_state(np.array([[0, 0, 1, -1]]), np.array([[0, 1, 1, 1]]))
    >>> {name: round(value, 3) for name, value in metrics.result().items()}
    {'mIoU': 0.5, 'pixel_accuracy': 0.667, 'IoU_road': 0.5, 'IoU_sky': 0.5}
    """

    def __init__(self, class_names, per_class=True, name="segmentation"):
        super().__init__(name=name)
        self.class_names, self.per_class = tuple(class_names), per_class
        self.reset_state()

    def reset_state(self):
        """Forget all images."""
        self._confusion = np.zeros((len(self.class_names),) * 2, np.int64)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Add one image.

        Args:
            y_true: int `[H, W]`, class ids; -1 = ignored.
            y_pred: int `[H, W]`, class ids.
            sample_weight: not 0 = counted.

        Raises:
            DataError: shapes differ, or an id is out of range.
        """
        if sample_weight is not None and float(sample_weight) == 0:
            return
        y_true, y_pred = (np.asarray(keras.ops.convert_to_numpy(ids)) for ids in (y_true, y_pred))
        num_classes = len(self.class_names)
        if y_true.shape != y_pred.shape:
            raise DataError(f"segmentation: labels are {y_true.shape}, predictions {y_pred.shape}; expected one shape.")
        if y_true.size and (y_true.max() >= num_classes or y_true.min() < -1):
            wrong = int(y_true.max() if y_true.max() >= num_classes else y_true.min())
            raise DataError(f"segmentation: class id {wrong}; expected 0 to {num_classes - 1}, or -1 where ignored.")
        labelled = y_true >= 0
        index = y_true[labelled].astype(np.int64) * num_classes + y_pred[labelled]
        self._confusion += np.bincount(index, minlength=num_classes**2).reshape(num_classes, num_classes)

    def result(self):
        """Return the scores so far.

        Returns:
            dict of name → float in [0, 1]; NaN for a class that occurs nowhere, and where nothing was labelled.
        """
        hits, total = np.diag(self._confusion), self._confusion.sum()
        union = self._confusion.sum(0) + self._confusion.sum(1) - hits
        with np.errstate(invalid="ignore"):
            ious = np.where(union > 0, hits / union, np.nan)
        scores = {
            "mIoU": float(np.nanmean(ious)) if total else float("nan"),
            "pixel_accuracy": float(hits.sum() / total) if total else float("nan"),
        }
        if self.per_class:
            scores |= {f"IoU_{name}": float(iou) for name, iou in zip(self.class_names, ious, strict=True)}
        return scores

    def get_config(self):
        return {"class_names": list(self.class_names), "per_class": self.per_class, "name": self.name}
