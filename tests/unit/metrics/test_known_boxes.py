import numpy as np
import pytest

from xdomain_keras.metrics import DetectionMetrics

NAMES = ("car", "bus", "cat")
HERE, THERE = [0.0, 0, 10, 10], [50.0, 50, 70, 70]


def rows(*found, scores=()):
    """Boxes as (box, class), and their scores where they are predicted."""
    own = {
        "boxes_xyxy": np.array([box for box, _ in found], float).reshape(-1, 4),
        "classes": np.array([each for _, each in found], int),
    }
    return {**own, "scores": np.array(scores, float)} if len(scores) or not found else own


def scores_of(*images, sets=()):
    metric = DetectionMetrics(NAMES, sets)
    for true, pred in images:
        metric.update_state(true, {"scores": np.zeros(0), **pred})
    return metric.result()


def test_predictions_of_a_class_that_nobody_annotated_are_not_wrong():
    true, pred = rows((HERE, 0)), rows((HERE, 0), (THERE, 2), scores=[0.8, 0.9])
    other = rows((THERE, 2)), rows((THERE, 2), scores=[0.7])
    all_known = scores_of((true, pred), other)
    assert all_known["AP50[cat]"] == pytest.approx(0.5, abs=0.01)  # the surer one is wrong
    known = scores_of(({**true, "known_classes": np.array([0, 1])}, pred), other)
    assert known["AP50[cat]"] == 1 and known["AP50[car]"] == 1 and np.isnan(known["AP50[bus]"])
    assert known["AP50"] == 1  # over car and cat


def test_true_boxes_of_a_class_that_is_not_exhaustive_are_not_measured():
    true = {**rows((HERE, 0), (THERE, 2)), "known_classes": np.array([0])}
    found = scores_of((true, rows((HERE, 0), scores=[0.8])))
    assert found["AP50[car]"] == 1 and np.isnan(found["AP50[cat]"])


def test_a_coarse_box_is_no_hit_and_no_miss_of_its_classes():
    """A box that is a car or a bus: a car found in it is neither right nor wrong, and none found there is no miss."""
    true = rows((HERE, 3), (THERE, 0))
    for pred in (rows((THERE, 0), scores=[0.5]), rows((HERE, 0), (HERE, 1), (THERE, 0), scores=[0.9, 0.9, 0.5])):
        found = scores_of((true, pred), sets=[[0, 1]])
        assert found["AP50[car]"] == 1 and found["AR[car]"] == 1
    assert found["AP50[car|bus]"] == 1  # for which car and bus at one place are one vehicle


def test_a_coarse_label_is_scored_by_its_own():
    true = rows((HERE, 3), (THERE, 3))
    found = scores_of((true, rows((HERE, 0), (THERE, 1), scores=[0.9, 0.8])), sets=[[0, 1]])
    assert found["AP50[car|bus]"] == 1 and np.isnan(found["AP50"]) and np.isnan(found["AP50[car]"])
    found = scores_of((true, rows((HERE, 0), (THERE, 2), scores=[0.9, 0.8])), sets=[[0, 1]])
    assert found["AP50[car|bus]"] == pytest.approx(0.5, abs=0.01)
    partly = {**true, "known_classes": np.array([0])}  # buses are not annotated: the image cannot say
    assert np.isnan(scores_of((partly, rows(scores=[])), sets=[[0, 1]])["AP50[car|bus]"])


def test_an_ignored_box_punishes_nothing():
    true = rows((HERE, -1), (THERE, 0))
    found = scores_of((true, rows((HERE, 0), (HERE, 2), (THERE, 0), scores=[0.9, 0.9, 0.5])))
    assert found["AP50[car]"] == 1


def test_a_metric_is_saved_with_its_classes():
    metric = DetectionMetrics.from_config(DetectionMetrics(NAMES, [[0, 1]]).get_config())
    assert metric.class_names == NAMES and metric.class_sets == [[0, 1]]


def test_a_prediction_of_an_unsure_object_counts_at_no_threshold():
    """The box is found at an overlap of .69: what COCO's thresholds above it say must not become a mistake of cars."""
    true = rows((THERE, 0), ([0.0, 0, 100, 100], 3))
    pred = rows((THERE, 0), ([0.0, 0, 69, 100], 0), scores=[0.5, 0.9])
    assert scores_of((true, pred), sets=[[0, 1]])["AP[car]"] == pytest.approx(1)
    true["classes"][1] = -1
    assert scores_of((true, pred), sets=[[0, 1]])["AP[car]"] == pytest.approx(1)


def test_an_object_that_is_known_stays_one_beside_an_unsure_one():
    """A car's box and one of something nearly on it: a miss is a miss, and a hit a hit."""
    true = rows((HERE, 0), ([0.0, 0, 10, 9], 3))
    assert scores_of((true, rows((HERE, 0), scores=[0.9])), sets=[[0, 1]])["AP50[car]"] == 1
    assert scores_of((true, rows(scores=[])), sets=[[0, 1]])["AP50[car]"] == 0


@pytest.mark.parametrize("unsure", [-1, 4])
def test_a_coarse_score_passes_over_what_may_be_something_else(unsure):
    """The second box is ignored, or may be a cat besides: a prediction there is no mistake of vehicles."""
    true, pred = rows((HERE, 3), (THERE, unsure)), rows((HERE, 0), (THERE, 1), scores=[0.5, 0.9])
    assert scores_of((true, pred), sets=[[0, 1], [0, 1, 2]])["AP50[car|bus]"] == 1


def test_the_names_of_scores_do_not_depend_on_the_labels():
    plain, coarse = rows((HERE, 0)), rows((HERE, 3))
    pred = rows((HERE, 0), scores=[0.9])
    assert scores_of((plain, pred), sets=[[0, 1]]).keys() == scores_of((coarse, pred), sets=[[0, 1]]).keys()
