"""Scores of semantic segmentation from one confusion matrix."""

import keras
import numpy as np

from xdomain_keras.errors import DataError


@keras.saving.register_keras_serializable(package="xdomain_keras")
class SegmentationMetrics(keras.metrics.Metric):
    """Mean intersection over union, pixel accuracy, and the IoU of each class, over all pixels of the set.

    `IoU_c = n_cc / (Σ_j n_cj + Σ_j n_jc - n_cc)` with `n_ij` pixels of class i predicted as j (Long et al. 2015,
    §5); `mIoU` is its mean over the classes that occur in labels or predictions, `pixel_accuracy = Σ_c n_cc / n`.
    A class is measured on images alone in which it is annotated. A pixel that may be several classes enters the score
    of none of them: a prediction within its set is right, one of another class counts against that class; and a class
    that is labelled by sets alone has no score. A set without the background has an IoU of its own, `IoU[car|bus]`,
    for which labels and predictions of its classes are taken together.
    Runs eagerly, on any backend, one image an update.

    Args:
        class_names: names of the classes.
        class_sets: lists of class indices, the sets that ids from the number of classes on stand for.
        background: name of the class whose labels widen to sets where not everything is annotated, or None.
        per_class: whether `result()` also holds `IoU[name]`.
        name: name of the metric.

    Example:

    >>> metrics = SegmentationMetrics(["road", "sky"])
    >>> metrics.update_state(np.array([[0, 0, 1, -1]]), np.array([[0, 1, 1, 1]]))
    >>> {name: round(value, 3) for name, value in metrics.result().items()}
    {'mIoU': 0.5, 'pixel_accuracy': 0.667, 'IoU[road]': 0.5, 'IoU[sky]': 0.5}
    """

    def __init__(self, class_names, class_sets=(), background=None, per_class=True, name="segmentation"):
        super().__init__(name=name)
        self.class_names, self.class_sets = tuple(class_names), [list(own) for own in class_sets]
        self.background, self.per_class = background, per_class
        members = [*({index} for index in range(len(class_names))), *map(set, class_sets)]  # of every id
        # Ids that are surely of a set, and ids that surely are not.
        self._within = tuple([index for index, own in enumerate(members) if own <= {*each}] for each in class_sets)
        self._beside = tuple([index for index, own in enumerate(members) if not own & {*each}] for each in class_sets)
        self.reset_state()

    def reset_state(self):
        """Forget all images."""
        number, sets = len(self.class_names), len(self.class_sets)
        self._hits, self._labelled, self._predicted = np.zeros((3, number), np.int64)
        self._in_sets = np.zeros(number, bool)  # classes that a pixel of several may be
        self._set_counts = np.zeros((sets, 3), np.int64)  # hits, labelled and predicted pixels
        self._set_seen = np.zeros(sets, bool)

    def update_state(self, y_true, y_pred, sample_weight=None, known_classes=None):
        """Add one image.

        Args:
            y_true: int `[H, W]`, class ids; -1 = ignored.
            y_pred: int `[H, W]`, class ids.
            sample_weight: not 0 = counted.
            known_classes: int array, the classes that are annotated in the image; None for all.

        Raises:
            DataError: shapes differ, or an id is out of range.
        """
        if sample_weight is not None and float(sample_weight) == 0:
            return
        y_true, y_pred = (np.asarray(keras.ops.convert_to_numpy(ids)) for ids in (y_true, y_pred))
        number, ids = len(self.class_names), len(self.class_names) + len(self.class_sets)
        if y_true.shape != y_pred.shape:
            raise DataError(f"segmentation: labels are {y_true.shape}, predictions {y_pred.shape}; expected one shape.")
        if y_true.size and (y_true.max() >= ids or y_true.min() < -1):
            wrong = int(y_true.max() if y_true.max() >= ids else y_true.min())
            raise DataError(f"segmentation: class id {wrong}; expected 0 to {ids - 1}, or -1 where ignored.")
        index = y_true[y_true >= 0].astype(np.int64) * number + y_pred[y_true >= 0]
        counts = np.bincount(index, minlength=ids * number).reshape(ids, number)
        known = np.isin(np.arange(number), np.arange(number) if known_classes is None else known_classes)
        self._hits += np.diag(counts) * known
        self._labelled += counts[:number].sum(1) * known
        against = counts.copy()  # pixels that say that a prediction is right, or wrong
        for row, own in enumerate(self.class_sets, number):
            against[row, own] = 0
            self._in_sets[own] |= bool(counts[row].sum())
        self._predicted += against.sum(0) * known
        for row, own in enumerate(self.class_sets):
            if known[own].all():  # its classes are counted as if they were one
                inside, as_set = counts[self._within[row]], counts[:, own].sum(1)
                hits = as_set[self._within[row]].sum()
                self._set_counts[row] += hits, inside.sum(), hits + as_set[self._beside[row]].sum()
                self._set_seen[row] |= bool(counts[number + row].sum())

    def result(self):
        """Return the scores so far.

        Returns:
            dict of name → float in [0, 1]; NaN for a class that occurs nowhere, and where nothing was labelled.
        """
        ious, total = ratio(self._hits, self._labelled + self._predicted - self._hits), self._labelled.sum()
        ious[self._in_sets & (self._labelled == 0)] = np.nan
        scores = {
            "mIoU": float(np.nanmean(ious)) if total else float("nan"),
            "pixel_accuracy": float(self._hits.sum() / total) if total else float("nan"),
        }
        if self.per_class:
            scores |= {f"IoU[{name}]": float(iou) for name, iou in zip(self.class_names, ious, strict=True)}
            hits, labelled, predicted = self._set_counts.T
            coarse = np.where(self._set_seen, ratio(hits, labelled + predicted - hits), np.nan)
            for own, iou in zip(self.class_sets, coarse, strict=True):
                if self.background not in (names := [self.class_names[each] for each in own]):
                    scores[f"IoU[{'|'.join(names)}]"] = float(iou)
        return scores

    def get_config(self):
        classes = {"class_names": list(self.class_names), "class_sets": self.class_sets}
        return {**classes, "background": self.background, "per_class": self.per_class, "name": self.name}


def ratio(part, whole):
    """`part / whole`, NaN where the whole is 0."""
    with np.errstate(invalid="ignore"):
        return np.where(whole > 0, part / whole, np.nan)
