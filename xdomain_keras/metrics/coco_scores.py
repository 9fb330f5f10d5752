"""COCO's evaluation of boxes, by `faster-coco-eval`."""

import numpy as np

NAMES = (
    "AP", "AP50", "AP75", "AP_small", "AP_medium", "AP_large",
    "AR_1", "AR_10", "AR_100", "AR_small", "AR_medium", "AR_large",
)  # fmt: skip


def coco_scores(images):
    """COCO's twelve scores, and those of each class.

    Args:
        images: iterable of (true, predicted): dicts of arrays, `boxes_xyxy` `[N, 4]` and `classes` `[N]`; of the first
            also `crowd` and perhaps `areas`, of the second also `scores`.

    Returns:
        (dict of `NAMES` → float, dict of class → {"AP", "AP50", "AR"} of the classes with true boxes); NaN where COCO
        says -1.

    Raises:
        ImportError: `faster-coco-eval` is not installed.
    """
    images = list(images)
    if not any((~true["crowd"]).any() for true, _ in images):
        return dict.fromkeys(NAMES, float("nan")), {}
    evaluator = evaluate(*to_coco(images))
    scores = {name: clean(value) for name, value in zip(NAMES, evaluator.stats[:12], strict=True)}
    precision, recall, by_class = evaluator.eval["precision"], evaluator.eval["recall"], {}
    for row, index in enumerate(evaluator.params.catIds):
        if (own := precision[:, :, row, 0, -1]).max() > -1:  # all areas, 100 boxes
            by_class[int(index)] = {"AP": mean(own), "AP50": mean(own[0]), "AR": mean(recall[:, row, 0, -1])}
    return scores, by_class


def mean(values):
    """The mean of what COCO has not marked with -1; NaN where that is nothing."""
    return float(values[values > -1].mean()) if (values > -1).any() else float("nan")


def clean(value):
    """A score, NaN where COCO says -1."""
    return float(value) if value >= 0 else float("nan")


def to_coco(images):
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
                        "iscrowd": int(boxes["crowd"][row]) if "crowd" in boxes else 0,
                    }
                )
                if "scores" in boxes:
                    entries[-1]["score"] = float(boxes["scores"][row])
    frame = {
        "images": [{"id": image_id} for image_id in range(1, len(images) + 1)],
        "categories": [{"id": class_id} for class_id in sorted({entry["category_id"] for entry in annotations})],
    }
    return {**frame, "annotations": annotations}, {**frame, "annotations": detections}


def evaluate(true_set, pred_set):
    """The evaluator after its run."""
    try:
        from faster_coco_eval import COCO, COCOeval_faster
    except ImportError:
        raise ImportError("DetectionMetrics needs `faster-coco-eval`; run `pip install faster-coco-eval`.") from None

    def ignore(*_):
        """Take the place of `print`."""

    true_set, pred_set = (COCO(data, print_function=ignore) for data in (true_set, pred_set))
    evaluator = COCOeval_faster(true_set, pred_set, iouType="bbox", print_function=ignore)
    evaluator.run()
    return evaluator
