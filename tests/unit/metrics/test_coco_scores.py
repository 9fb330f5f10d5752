"""Beside `tests/parity/test_coco_metrics.py`, which holds every figure against pycocotools."""

import numpy as np
import pytest

from xdomain_keras.metrics.coco_scores import NAMES, coco_scores, to_coco

BOX = np.array([[10.0, 20, 30, 60]])


def image(true_class, predicted_class, crowd=False, shift=0.0):
    true = {"boxes_xyxy": BOX, "classes": np.array([true_class]), "crowd": np.array([crowd])}
    return true, {"boxes_xyxy": BOX + shift, "classes": np.array([predicted_class]), "scores": np.array([0.5])}


def test_means_are_over_the_classes_with_true_boxes():
    scores, classes = coco_scores([image(0, 0), image(1, 1, shift=100.0), image(0, 7)])
    assert tuple(scores) == NAMES and set(classes) == {0, 1}
    assert classes[1] == {"AP": 0, "AP50": 0, "AR": 0}
    assert scores["AP50"] == pytest.approx((classes[0]["AP50"] + classes[1]["AP50"]) / 2)


@pytest.mark.parametrize("images", [[], [image(0, 0, crowd=True)]])
def test_without_a_true_box_nothing_is_known(images):
    scores, classes = coco_scores(images)
    assert np.isnan(list(scores.values())).all() and classes == {}


def test_boxes_are_written_as_coco_does():
    true, pred = to_coco([image(3, 4), image(3, 4)])
    assert [each["bbox"] for each in true["annotations"]] == [[10, 20, 20, 40]] * 2
    assert [each["id"] for each in true["annotations"]] == [1, 2] and true["categories"] == [{"id": 3}]
    assert pred["annotations"][1]["score"] == 0.5 and true["annotations"][0]["area"] == 800
