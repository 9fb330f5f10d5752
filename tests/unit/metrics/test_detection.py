import builtins

import keras
import numpy as np
import pytest

from xdomain_keras.errors import DataError
from xdomain_keras.metrics import DetectionMetrics

BOXES = np.array([[10, 10, 60, 60], [70, 20, 90, 35], [0, 0, 120, 110]], np.float32)
TRUE = {"boxes_xyxy": BOXES, "classes": np.array([0, 1, 1], np.int32)}
PRED = {**TRUE, "scores": np.array([0.9, 0.5, 0.7], np.float32)}
NO_TRUE = {"boxes_xyxy": np.zeros((0, 4), np.float32), "classes": np.zeros(0, np.int32)}
NO_PRED = {**NO_TRUE, "scores": np.zeros(0, np.float32)}


def measure(*images):
    metrics = DetectionMetrics()
    for y_true, y_pred in images:
        metrics.update_state(y_true, y_pred)
    return metrics.result()


def test_perfect_detections_score_one():
    result = measure((TRUE, PRED))
    assert all(type(value) is float for value in result.values())
    assert {name: round(value, 9) for name, value in result.items()} == {
        "AP": 1, "AP50": 1, "AP75": 1, "AP_small": 1, "AP_medium": 1, "AP_large": 1,
        "AR_1": 0.75, "AR_10": 1, "AR_100": 1, "AR_small": 1, "AR_medium": 1, "AR_large": 1,
    }  # fmt: skip


def test_no_predictions_score_zero():
    result = measure((TRUE, NO_PRED))
    assert set(result.values()) == {0.0}


@pytest.mark.parametrize("images", [[], [(NO_TRUE, NO_PRED)], [(NO_TRUE, PRED)]])
def test_no_true_boxes_are_nan(images):
    assert np.isnan(list(measure(*images).values())).all()


def test_predictions_on_an_empty_image_are_false_positives():
    confident = {**PRED, "scores": np.array([0.95, 0.95, 0.95], np.float32)}
    with_empty = measure((TRUE, PRED), (NO_TRUE, confident))
    assert with_empty["AP"] < measure((TRUE, PRED))["AP"] == pytest.approx(1)
    assert with_empty["AR_100"] == pytest.approx(1)


def test_sizes_nobody_has_are_nan():
    only_medium = {"boxes_xyxy": BOXES[:1], "classes": np.array([0])}
    result = measure((only_medium, {**only_medium, "scores": np.array([1.0])}))
    assert np.isnan([result["AP_small"], result["AP_large"], result["AR_small"], result["AR_large"]]).all()
    assert result["AP_medium"] == pytest.approx(1)


def test_areas_decide_the_size():
    true = {"boxes_xyxy": BOXES[:1], "classes": np.array([0]), "areas": np.array([100.0])}
    result = measure((true, {"boxes_xyxy": BOXES[:1], "classes": np.array([0]), "scores": np.array([1.0])}))
    assert np.isnan(result["AP_medium"]) and result["AP_small"] == pytest.approx(1)


def test_crowds_neither_reward_nor_punish():
    crowded = {
        "boxes_xyxy": np.concatenate([BOXES, [[200, 200, 300, 300]]]),
        "classes": np.array([0, 1, 1, 0]),
        "crowd": np.array([False, False, False, True]),
    }
    extra = {
        "boxes_xyxy": np.concatenate([BOXES, [[210, 210, 240, 240], [250, 250, 290, 290]]]),
        "classes": np.array([0, 1, 1, 0, 0]),
        "scores": np.array([0.9, 0.5, 0.7, 0.99, 0.98]),
    }
    assert measure((crowded, PRED)) == pytest.approx(measure((TRUE, PRED)))
    assert measure((crowded, extra))["AP"] == pytest.approx(1)
    assert measure((TRUE, extra))["AP"] < 1


def test_padding_rows_are_left_out():
    padded_true = {"boxes_xyxy": np.r_[BOXES, -np.ones((2, 4))], "classes": np.array([0, 1, 1, -1, -1])}
    padded_pred = {**padded_true, "scores": np.array([0.9, 0.5, 0.7, -1, -1])}
    assert measure((padded_true, padded_pred)) == measure((TRUE, PRED))


def test_class_ids_must_match():
    assert measure((TRUE, {**PRED, "classes": np.array([5, 6, 6])}))["AP"] == 0


def test_tensors_are_accepted_and_result_does_not_change_the_state():
    tensors = [{key: keras.ops.convert_to_tensor(value) for key, value in labels.items()} for labels in (TRUE, PRED)]
    metrics = DetectionMetrics()
    metrics.update_state(*tensors)
    assert metrics.result() == metrics.result() == measure((TRUE, PRED))
    metrics.update_state(NO_TRUE, PRED, sample_weight=0)
    assert metrics.result() == measure((TRUE, PRED))
    metrics.reset_state()
    assert np.isnan(metrics.result()["AP"])


def test_nothing_is_printed(capfd):
    measure((TRUE, PRED), (NO_TRUE, NO_PRED))
    captured = capfd.readouterr()
    assert captured.out == "" and captured.err == ""


def test_config_round_trip():
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(DetectionMetrics(name="faces")))
    assert isinstance(copy, DetectionMetrics) and copy.name == "faces"


@pytest.mark.parametrize(
    ("y_true", "y_pred", "message"),
    [
        ({"classes": TRUE["classes"]}, PRED, "y_true: no `boxes_xyxy`"),
        (TRUE, TRUE, "y_pred: no `scores`"),
        (TRUE, {**PRED, "scores": np.ones(2)}, r"`scores` has shape \(2,\); expected one entry for each of 3"),
        ({**TRUE, "boxes_xyxy": BOXES * np.nan}, PRED, "y_true: `boxes_xyxy` holds NaN"),
    ],
)
def test_errors(y_true, y_pred, message):
    with pytest.raises(DataError, match=message):
        DetectionMetrics().update_state(y_true, y_pred)


def test_a_missing_library_is_named(monkeypatch):
    real_import = builtins.__import__

    def refuse(name, *arguments, **keywords):
        if name.startswith("faster_coco_eval"):
            raise ImportError(name)
        return real_import(name, *arguments, **keywords)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ImportError, match="pip install faster-coco-eval"):
        measure((TRUE, PRED))
