"""COCO's twelve detection scores."""

import collections

import keras
import numpy as np

from xdomain_keras.errors import DataError

NAMES = (
    "AP", "AP50", "AP75", "AP_small", "AP_medium", "AP_large",
    "AR_1", "AR_10", "AR_100", "AR_small", "AR_medium", "AR_large",
)  # fmt: skip


@keras.saving.register_keras_serializable(package="xdomain_keras")
class DetectionMetrics(keras.metrics.Metric):
    """Average precision and recall of boxes, as COCO defines them (cocodataset.org, «Detection evaluation»).

    `AP` is the mean over classes and over IoU thresholds 0.50, 0.55, …, 0.95 of the interpolated precision at
    101 recalls; `AP50` and `AP75` are at one threshold; small is an area below 32², large one above 96²
    square pixels; `AR_k` is the recall of the k most confident boxes of a class in an image. Computed in
    memory by `faster-coco-eval`, which must be installed. Runs eagerly, on any backend, one image an update.

    Args:
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

    def __init__(self, name="detection"):
        super().__init__(name=name)
        self.reset_state()

    def reset_state(self):
        """Forget all images."""
        # Not a list: Keras would search it for variables.
        self._images = collections.deque()

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Add one image. Rows with a negative class are padding and are left out.

        Args:
            y_true: dict with `boxes_xyxy`, float `[N, 4]` in pixels, and `classes`, int `[N]`; optional are
                `is_crowd`, bool `[N]` (a region of uncounted objects: matched, but neither rewarded nor
                punished), and `areas`, float `[N]` in square pixels (otherwise those of the boxes). N may be 0.
                Other keys are ignored: a sample's labels can be passed as they are.
            y_pred: dict with `boxes_xyxy`, float `[M, 4]`, `classes`, int `[M]`, and `scores`, float `[M]`. M may
                be 0.
            sample_weight: scalar mask of the image; 0 leaves it out, and no other weight has a meaning.

        Raises:
            DataError: a key is missing, the lengths differ, or a value is not finite.
        """
        if sample_weight is not None and not float(keras.ops.convert_to_numpy(sample_weight)):
            return
        true = _read_boxes("y_true", y_true, ("boxes_xyxy", "classes"), ("is_crowd", "areas"))
        pred = _read_boxes("y_pred", y_pred, ("boxes_xyxy", "classes", "scores"), ())
        self._images.append((true, pred))

    def result(self):
        """Return the twelve scores so far.

        Returns:
            dict of name → float in [0, 1]; NaN where COCO says −1: no true box of that size, or none at all.

        Raises:
            ImportError: `faster-coco-eval` is not installed.
        """
        if not any(len(true["classes"]) for true, _ in self._images):
            return dict.fromkeys(NAMES, float("nan"))
        stats = _evaluate(*_to_coco(self._images))
        return {name: float(value) if value >= 0 else float("nan") for name, value in zip(NAMES, stats, strict=True)}

    def get_config(self):
        return {"name": self.name}


def _read_boxes(where, labels, needed, optional):
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
    real = values["classes"] >= 0
    values = {key: value[real] for key, value in values.items()}
    for key, value in values.items():
        if not np.isfinite(value).all():
            raise DataError(f"{where}: `{key}` holds NaN or infinity; expected finite values.")
    return values


def _to_coco(images):
    """Write the images as COCO's two data sets; annotation ids start at 1, as 0 means «unmatched» there."""
    annotations, detections = [], []
    for image_id, (true, pred) in enumerate(images, start=1):
        for entries, boxes in ((annotations, true), (detections, pred)):
            left_top, sizes = boxes["boxes_xyxy"][:, :2], boxes["boxes_xyxy"][:, 2:] - boxes["boxes_xyxy"][:, :2]
            areas = boxes.get("areas", sizes.prod(axis=1))
            for row, box in enumerate(np.concatenate([left_top, sizes], axis=1).tolist()):
                entries.append(
                    {
                        "id": len(entries) + 1,
                        "image_id": image_id,
                        "category_id": int(boxes["classes"][row]),
                        "bbox": box,
                        "area": float(areas[row]),
                        "iscrowd": int(boxes["is_crowd"][row]) if "is_crowd" in boxes else 0,
                    }
                )
                if "scores" in boxes:
                    entries[-1]["score"] = float(boxes["scores"][row])
    frame = {
        "images": [{"id": image_id} for image_id in range(1, len(images) + 1)],
        "categories": [{"id": class_id} for class_id in sorted({entry["category_id"] for entry in annotations})],
    }
    return {**frame, "annotations": annotations}, {**frame, "annotations": detections}


def _evaluate(true_set, pred_set):
    try:
        from faster_coco_eval import COCO, COCOeval_faster
    except ImportError:
        raise ImportError("DetectionMetrics needs `faster-coco-eval`; run `pip install faster-coco-eval`.") from None

    def ignore(*_):
        """Take the place of `print`."""

    true_set, pred_set = (COCO(data, print_function=ignore) for data in (true_set, pred_set))
    evaluator = COCOeval_faster(true_set, pred_set, iouType="bbox", print_function=ignore)
    evaluator.run()
    return evaluator.stats[:12]
