"""COCO's twelve detection scores."""

import collections

import keras
import numpy as np

from xdomain_keras.errors import DataError
from xdomain_keras.metrics.coco_scores import coco_scores
from xdomain_keras.metrics.known_boxes import coarse_boxes, fine_boxes


@keras.saving.register_keras_serializable(package="xdomain_keras")
class DetectionMetrics(keras.metrics.Metric):
    """Average precision and recall of boxes, as COCO defines them (cocodataset.org, «Detection evaluation»).

    `AP` is the mean over classes and over IoU thresholds 0.50, 0.55, …, 0.95 of the interpolated precision at
    101 recalls; `AP50` and `AP75` are at one threshold; small is an area below 32², large one above 96²
    square pixels; `AR_k` is the recall of the k most confident boxes of a class in an image. A class is measured on
    images alone in which it is annotated, and the means are over classes with a true box. Where class names are given,
    `AP[name]`, `AP50[name]` and `AR[name]` are those of each class, and of each coarse label (`AP[car|bus]`), for which
    predictions of its classes are taken together; coarse labels enter no other score. Computed in memory by
    `faster-coco-eval`. Runs eagerly, on any backend, one image an update.

    Args:
        class_names: names of the classes, or nothing for the means alone.
        class_sets: lists of class indices, the sets that codes from the number of classes on stand for.
        name: name of the metric.

    Example:

    >>> metrics = DetectionMetrics()
    >>> box = np.array([[10.0, 10.0, 50.0, 50.0]])
    >>> metrics.update_state(
    ...     {"boxes_xyxy": box, "classes": np.array([3])},
    ...     {"boxes_xyxy": box + 4, "classes": np.array([3]), "scores": np.array([0.9])},
    ... )
    >>> scores = metrics.result()
    >>> round(scores["AP"], 6), round(scores["AP50"], 6), scores["AP_small"]
    (0.4, 1.0, nan)
    """

    def __init__(self, class_names=(), class_sets=(), name="detection"):
        super().__init__(name=name)
        self.class_names, self.class_sets = tuple(class_names), [list(own) for own in class_sets]
        self.reset_state()

    def reset_state(self):
        """Forget all images."""
        # Not a list: Keras would search it for variables.
        self._images = collections.deque()

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Add one image. Rows with a negative class are padding and are left out.

        Args:
            y_true: dict with `boxes_xyxy`, float `[N, 4]` in pixels, and `classes`, int `[N]`; optional are
                `crowd`, bool `[N]` (a region of uncounted objects: matched, but neither rewarded nor
                punished), `areas`, float `[N]` in square pixels (otherwise those of the boxes), and `known_classes`,
                int `[K]` (those annotated in the image; otherwise all). N may be 0. Other keys are ignored: a sample's
                labels can be passed as they are. With class names, a box of class -1 is to be ignored.
            y_pred: dict with `boxes_xyxy`, float `[M, 4]`, `classes`, int `[M]`, and `scores`, float `[M]`. M may
                be 0.
            sample_weight: scalar mask of the image; 0 leaves it out, and no other weight has a meaning.

        Raises:
            DataError: a key is missing, the lengths differ, or a value is not finite.
        """
        if sample_weight is not None and not float(keras.ops.convert_to_numpy(sample_weight)):
            return
        named = bool(self.class_names)
        true = _read_boxes("y_true", y_true, ("boxes_xyxy", "classes"), ("crowd", "areas"), padded=not named)
        pred = _read_boxes("y_pred", y_pred, ("boxes_xyxy", "classes", "scores"), ())
        true["crowd"] = true.get("crowd", np.zeros(len(true["classes"]))) > 0
        if y_true.get("known_classes") is not None:
            true["known_classes"] = np.asarray(y_true["known_classes"])
        self._images.append((true, pred))

    def result(self):
        """Return the scores so far.

        Returns:
            dict of name → float in [0, 1]; NaN where COCO says −1: no true box of that size, or none at all.

        Raises:
            ImportError: `faster-coco-eval` is not installed.
        """
        number = len(self.class_names) or None
        scores, by_class = coco_scores(fine_boxes(*image, self.class_sets, number) for image in self._images)
        for index, class_name in enumerate(self.class_names):
            own = by_class.get(index, dict.fromkeys(("AP", "AP50", "AR"), float("nan")))
            scores |= {f"{score}[{class_name}]": value for score, value in own.items()}
        for row, members in enumerate(self.class_sets):
            own = dict.fromkeys(("AP", "AP50", "AR"), float("nan"))
            if any((true["classes"] == number + row).any() for true, _ in self._images):
                images = (coarse_boxes(*image, members, self.class_sets, number) for image in self._images)
                own = coco_scores(image for image in images if image)[1].get(0, own)
            coarse = "|".join(self.class_names[each] for each in members)
            scores |= {f"{score}[{coarse}]": value for score, value in own.items()}
        return scores

    def get_config(self):
        return {"class_names": list(self.class_names), "class_sets": self.class_sets, "name": self.name}


def _read_boxes(where, labels, needed, optional, padded=True):
    missing = [key for key in needed if key not in labels]
    if missing:
        raise DataError(
            f"{where}: no `{missing[0]}`; expected {', '.join(needed)}; got {', '.join(labels) or 'nothing'}."
        )
    values = {
        key: np.asarray(keras.ops.convert_to_numpy(labels[key]), np.float64)
        for key in needed + optional
        if labels.get(key) is not None
    }
    values["boxes_xyxy"] = values["boxes_xyxy"].reshape((-1, 4))
    num_boxes = len(values["boxes_xyxy"])
    for key, value in values.items():
        if len(value) != num_boxes or value.ndim != (2 if key == "boxes_xyxy" else 1):
            raise DataError(
                f"{where}: `{key}` has shape {value.shape}; expected one entry for each of {num_boxes} boxes."
            )
    real = values["classes"] >= (0 if padded else -1)
    values = {key: value[real] for key, value in values.items()}
    for key, value in values.items():
        if not np.isfinite(value).all():
            raise DataError(f"{where}: `{key}` holds NaN or infinity; expected finite values.")
    return values
