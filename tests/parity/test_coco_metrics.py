"""COCO's twelve numbers against pycocotools on random detection sets."""

import contextlib
import io

import numpy as np
import pytest

from xdomain_keras.metrics import DetectionMetrics
from xdomain_keras.metrics.coco_scores import NAMES


def draw_set(seed):
    """Draw images with true and predicted boxes: none, some or many, with crowds, areas and tied scores."""
    generator = np.random.default_rng(seed)
    num_classes = int(generator.integers(1, 5))
    with_crowds, with_areas, ties = generator.random(3) < 0.5
    images = []
    for _ in range(generator.integers(1, 9)):
        num_true = int(generator.choice([0, 1, 3, 8]))
        corners = generator.random((num_true, 2)) * 300
        true_boxes = np.concatenate([corners, corners + 4 + 200 * generator.random((num_true, 2)) ** 3], axis=1)
        y_true = {"boxes_xyxy": true_boxes, "classes": generator.integers(0, num_classes, num_true)}
        if with_crowds:
            y_true["crowd"] = generator.random(num_true) < 0.3
        if with_areas:
            y_true["areas"] = generator.random(num_true) * 20000
        kept = generator.random(num_true) < 0.8
        copies = np.repeat(true_boxes[kept], 2, axis=0)
        sizes = np.maximum(copies[:, 2:] - copies[:, :2], 1)
        near = copies + generator.normal(0, 0.12, copies.shape) * np.tile(sizes, 2)
        near[:, 2:] = np.maximum(near[:, 2:], near[:, :2] + 0.5)
        num_far = int(generator.choice([0, 2, 260]))
        far = generator.random((num_far, 2)) * 300
        boxes = np.concatenate([near, np.concatenate([far, far + 40], axis=1), true_boxes[: num_true // 3]])
        classes = np.concatenate(
            [np.repeat(y_true["classes"][kept], 2), generator.integers(0, num_classes + 1, len(boxes) - len(near))]
        )
        scores = generator.random(len(boxes))
        order = generator.permutation(len(boxes))[: generator.choice([0, 5, 1000], p=[0.15, 0.25, 0.6])]
        scores = np.round(scores, 1) if ties else scores
        images.append((y_true, {"boxes_xyxy": boxes[order], "classes": classes[order], "scores": scores[order]}))
    return images


def evaluate_with_pycocotools(images):
    coco, cocoeval = pytest.importorskip("pycocotools.coco"), pytest.importorskip("pycocotools.cocoeval")
    sets = []
    for key in (0, 1):
        annotations = []
        for image_id, image in enumerate(images):
            labels = image[key]
            for row, (left, top, right, bottom) in enumerate(labels["boxes_xyxy"]):
                width, height = right - left, bottom - top
                annotation = {"id": len(annotations) + 1, "image_id": image_id, "bbox": [left, top, width, height]}
                annotation["category_id"] = int(labels["classes"][row])
                annotation["area"] = labels["areas"][row] if "areas" in labels else width * height
                annotation["iscrowd"] = int(labels["crowd"][row]) if "crowd" in labels else 0
                if key:
                    annotation["score"] = labels["scores"][row]
                annotations.append(annotation)
        data = coco.COCO()
        data.dataset = {
            "images": [{"id": image_id} for image_id in range(len(images))],
            "categories": [{"id": class_id} for class_id in range(6)],
            "annotations": annotations,
        }
        sets.append(data)
    with contextlib.redirect_stdout(io.StringIO()):
        for data in sets:
            data.createIndex()
        evaluator = cocoeval.COCOeval(*sets, iouType="bbox")
        evaluator.evaluate()
        evaluator.accumulate()
        evaluator.summarize()
    return dict(zip(NAMES, [value if value >= 0 else np.nan for value in evaluator.stats], strict=True))


def measure(images):
    metrics = DetectionMetrics()
    for y_true, y_pred in images:
        metrics.update_state(y_true, y_pred)
    return metrics.result()


def measure_class(images, row):
    """pycocotools' numbers of one class alone, on the images in which it is annotated."""
    own = []
    for true, pred in images:
        if row in true["known_classes"]:
            kept = [(labels, labels["classes"] == row) for labels in (true, pred)]
            own.append(
                [{key: value[rows] for key, value in each.items() if key != "known_classes"} for each, rows in kept]
            )
    return evaluate_with_pycocotools(own) if own else dict.fromkeys(NAMES, np.nan)


@pytest.mark.parametrize("start", range(0, 60, 20))
def test_equals_pycocotools_on_the_classes_and_images_that_are_annotated(start):
    pytest.importorskip("faster_coco_eval")
    class_names, generator = [f"class {row}" for row in range(6)], np.random.default_rng(start)
    for seed in range(start, start + 20):
        images = draw_set(seed)
        for true, _ in images:
            true["known_classes"] = np.flatnonzero(generator.random(len(class_names)) < 0.7)
        metrics = DetectionMetrics(class_names)
        for image in images:
            metrics.update_state(*image)
        result, expected = metrics.result(), [measure_class(images, row) for row in range(len(class_names))]
        for name, own in zip(class_names, expected, strict=True):
            for score, theirs in {"AP": "AP", "AP50": "AP50", "AR": "AR_100"}.items():
                place = f"{score} of {name} of set {seed}"
                assert result[f"{score}[{name}]"] == pytest.approx(own[theirs], abs=1e-9, nan_ok=True), place
        for score in NAMES:  # each is a mean over the classes that have it
            known = [own[score] for own in expected if not np.isnan(own[score])]
            mean = np.mean(known) if known else np.nan
            assert result[score] == pytest.approx(mean, abs=1e-9, nan_ok=True), f"{score} of set {seed}"


@pytest.mark.parametrize("start", range(0, 300, 50))
def test_equals_pycocotools(start):
    pytest.importorskip("faster_coco_eval")
    for seed in range(start, start + 50):
        images = draw_set(seed)
        expected, result = evaluate_with_pycocotools(images), measure(images)
        for name in NAMES:
            assert result[name] == pytest.approx(expected[name], abs=1e-9, nan_ok=True), f"{name} of set {seed}"


def test_the_random_sets_cover_the_hard_cases():
    sets = [draw_set(seed) for seed in range(300)]
    images = [image for images in sets for image in images]
    assert any(not len(true["classes"]) and len(pred["classes"]) for true, pred in images)
    assert any(len(true["classes"]) and not len(pred["classes"]) for true, pred in images)
    assert any(not len(true["classes"]) and not len(pred["classes"]) for true, pred in images)
    assert any(np.any(true.get("crowd", False)) for true, _ in images)
    assert any(np.bincount(pred["classes"], minlength=1).max() > 100 for _, pred in images)
    assert any(len(np.unique(pred["scores"])) < len(pred["scores"]) for _, pred in images)
    scores = [measure(images)["AP"] for images in sets[:40]]
    assert np.nanmin(scores) < 0.1 and np.nanmax(scores) > 0.4
