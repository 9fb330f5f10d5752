import numpy as np
import pytest

from xdomain_keras.errors import DataError
from xdomain_keras.metrics import SegmentationMetrics

NAMES = ("road", "car", "sky", "dog")


def draw(seed, num_classes=4):
    rng = np.random.default_rng(seed)
    return rng.integers(-1, num_classes, (9, 7)), rng.integers(0, num_classes, (9, 7))


def by_sets(pairs, num_classes=4):
    """IoU of sets of pixels, a class at a time."""
    ious = []
    for index in range(num_classes):
        true = {(n, *place) for n, (t, _) in enumerate(pairs) for place in zip(*np.nonzero(t == index), strict=True)}
        pred = {
            (n, *place)
            for n, (t, p) in enumerate(pairs)
            for place in zip(*np.nonzero((p == index) & (t >= 0)), strict=True)
        }
        if true | pred:
            ious.append(len(true & pred) / len(true | pred))
    return np.mean(ious)


@pytest.mark.parametrize("seed", range(5))
def test_it_is_the_iou_of_the_pixels_of_the_whole_set(seed):
    pairs = [draw(10 * seed + row) for row in range(3)]
    metrics = SegmentationMetrics(NAMES)
    for true, pred in pairs:
        metrics.update_state(true, pred)
    result = metrics.result()
    assert result["mIoU"] == pytest.approx(by_sets(pairs))
    hits = sum((t == p).sum() for t, p in pairs)
    assert result["pixel_accuracy"] == pytest.approx(hits / sum((t >= 0).sum() for t, _ in pairs))
    assert result["mIoU"] == pytest.approx(np.mean([result[f"IoU[{name}]"] for name in NAMES]))


def test_it_equals_scikit_learn():
    sklearn = pytest.importorskip("sklearn.metrics")
    true, pred = draw(0)
    metrics = SegmentationMetrics(NAMES)
    metrics.update_state(true, pred)
    kept = true >= 0
    assert metrics.result()["mIoU"] == pytest.approx(sklearn.jaccard_score(true[kept], pred[kept], average="macro"))


def test_a_class_that_occurs_nowhere_is_left_out_of_the_mean():
    metrics = SegmentationMetrics(NAMES)
    metrics.update_state(np.array([[0, 0, 1, 1]]), np.array([[0, 0, 1, 0]]))
    assert metrics.result()["mIoU"] == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert np.isnan(metrics.result()["IoU[sky]"])


def test_nothing_labelled_is_nan_and_reset_forgets():
    metrics = SegmentationMetrics(NAMES, per_class=False)
    metrics.update_state(np.full((2, 2), -1), np.zeros((2, 2), int))
    assert all(np.isnan(value) for value in metrics.result().values()) and len(metrics.result()) == 2
    metrics.update_state(*draw(0))
    metrics.reset_state()
    assert np.isnan(metrics.result()["mIoU"])
    metrics.update_state(*draw(0), sample_weight=0)
    assert np.isnan(metrics.result()["mIoU"])


@pytest.mark.parametrize(
    ("true", "message"),
    [
        (np.array([[4]]), "class id 4; expected 0 to 3"),
        (np.array([[-2]]), "class id -2"),
        (np.zeros((2, 1)), "one shape"),
    ],
)
def test_wrong_labels_are_named(true, message):
    with pytest.raises(DataError, match=message):
        SegmentationMetrics(NAMES).update_state(true, np.zeros((1, 1), int))


def test_config():
    assert SegmentationMetrics.from_config(SegmentationMetrics(NAMES).get_config()).class_names == NAMES


def test_a_class_is_measured_where_it_is_annotated():
    """Class 2 is predicted on a pixel of class 0 in an image that is not annotated for it: a miss of 0 alone."""
    metric = SegmentationMetrics(["a", "b", "c"])
    metric.update_state(np.array([[0, 0, 1, 1]]), np.array([[0, 2, 1, 1]]), known_classes=np.array([0, 1]))
    metric.update_state(np.array([[2, 2]]), np.array([[2, 2]]))
    found = metric.result()
    assert (found["IoU[a]"], found["IoU[b]"], found["IoU[c]"]) == (0.5, 1, 1)
    everything = SegmentationMetrics(["a", "b", "c"])
    everything.update_state(np.array([[0, 0, 1, 1]]), np.array([[0, 2, 1, 1]]))
    everything.update_state(np.array([[2, 2]]), np.array([[2, 2]]))
    assert everything.result()["IoU[c]"] == pytest.approx(2 / 3)


def test_a_pixel_of_several_classes_is_nobodys_error_within_its_set():
    metric = SegmentationMetrics(["a", "b", "c"], [[0, 1]])
    metric.update_state(np.array([[3, 3, 3, 2]]), np.array([[0, 1, 2, 2]]))
    found = metric.result()
    assert np.isnan(found["IoU[a]"]) and np.isnan(found["IoU[b]"])
    assert found["IoU[c]"] == 0.5  # a prediction outside the set counts against its class
    assert found["IoU[a|b]"] == pytest.approx(2 / 3)


def one_row(true, pred, known=None, sets=(), background=None):
    metric = SegmentationMetrics(["background", "road", "car", "bus"], sets, background)
    metric.update_state(np.array([true]), np.array([pred]), known_classes=known)
    return metric.result()


def test_a_class_that_is_labelled_by_sets_alone_has_no_score():
    """Code 4 is background or bus, 5 is car or bus."""
    sets = [[0, 3], [2, 3]]
    found = one_row([4] * 10 + [1] * 10, [0] * 10 + [0] + [1] * 9, [1, 2], sets, "background")
    assert np.isnan(found["IoU[background]"]) and found["mIoU"] == found["IoU[road]"] == 0.9
    found = one_row([5] * 10 + [1] * 10, [2] * 6 + [3] * 4 + [1] * 9 + [2], None, sets)
    assert np.isnan(found["IoU[car]"]) and np.isnan(found["IoU[bus]"]) and found["mIoU"] == 0.9
    assert found["IoU[car|bus]"] == pytest.approx(10 / 11)


def test_labels_of_a_class_that_is_not_annotated_are_no_recall():
    found = one_row([1, 1, 2, 2], [1, 2, 2, 2], [1])
    assert np.isnan(found["IoU[car]"]) and found["mIoU"] == found["IoU[road]"] == 0.5


def test_a_coarse_score_sees_every_image_in_which_its_classes_are_annotated():
    metric = SegmentationMetrics(["road", "car", "bus", "cat"], [[1, 2], [2, 3]])
    metric.update_state(np.array([[4, 4, 0, 0]]), np.array([[1, 2, 0, 0]]))
    assert metric.result()["IoU[car|bus]"] == 1 and np.isnan(metric.result()["IoU[bus|cat]"])
    metric.update_state(np.array([[0, 0, 1, 5]]), np.array([[1, 2, 1, 2]]))  # two wrong, one right, one nobody's
    assert metric.result()["IoU[car|bus]"] == pytest.approx(3 / 5)
    metric.update_state(np.array([[0, 0]]), np.array([[1, 2]]), known_classes=[0, 1])  # which says nothing of buses
    assert metric.result()["IoU[car|bus]"] == pytest.approx(3 / 5)
