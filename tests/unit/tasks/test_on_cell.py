import numpy as np
import pytest

from xdomain_keras.data import ClassTable
from xdomain_keras.tasks import Detection, Keypoints, Segmentation
from xdomain_keras.tasks.on_cell import TaskOnCell

IMAGE = np.zeros((8, 8, 3), np.uint8)


def boxes(*classes, **more):
    own = np.tile(np.float32([[0, 0, 4, 8]]), (len(classes), 1))
    return {"id": "a", "image": IMAGE, "boxes_xyxy": own, "classes": np.int32(classes), **more}


def detection(table, sets=()):
    """A task of three classes on a cell with such a table."""
    names = ["car", "bus", "cat"]
    return TaskOnCell(Detection("detection", (8, 8), names, max_boxes=3, class_sets=list(map(list, sets))), table)


def test_a_target_says_what_a_box_may_be_and_what_is_annotated():
    task = detection(ClassTable(3, ((0, 1),), ((0, 1), (2,), ()), (0, 1)), [(0, 1)])
    target = task.encode(boxes(0, 1, 2))
    assert target.shape == (4, 7) and target[0].tolist() == [0, 0, 0, 0, 1, 1, 0]
    assert target[1:, 4:].tolist() == [[1, 1, 0], [0, 0, 1], [0, 0, 0]]
    assert target[3, :4].tolist() == [0, 0, 0.5, 1]  # an ignored box keeps its place
    assert task.encode(boxes(1, crowd=np.array([True])))[1, 4:].tolist() == [0, 0, -1]


def test_an_image_may_know_fewer_classes_and_then_none():
    task = detection(ClassTable(3, (), ((0,), (1,), (2,)), (0, 1, 2)))
    few = boxes(1, known_classes=np.int32([1]))
    assert task.has_labels(few) and task.encode(few)[0, 4:].tolist() == [0, 1, 0]
    assert not task.has_labels(boxes(1, known_classes=np.int32([])))
    assert task.has_labels(boxes()) and not task.has_labels({"id": "a", "image": IMAGE})


def test_a_map_is_read_by_name():
    table = ClassTable(3, ((0, 2),), ((1,), (0, 2), ()), (0, 1))
    task = TaskOnCell(Segmentation("parts", (2, 2), ["a", "b", "c"], class_sets=[[0, 2]]), table)
    sample = {"id": "a", "image": IMAGE, "semantic_ids": np.int32([[0, 1], [2, -1]])}
    assert task.encode(sample)[..., 0].tolist() == [[1, 3], [-1, -1]]
    assert sample["semantic_ids"].tolist() == [[0, 1], [2, -1]]  # the sample itself stays
    assert task.main_metric == "mIoU" and task.name == "parts"


@pytest.mark.parametrize("absent", [False, True])
def test_keypoints_change_rows_and_what_is_not_annotated_weighs_nothing(absent):
    table = ClassTable(3, (), ((2,), (0,)), (0, 2))
    task = TaskOnCell(Keypoints("points", (8, 8), ["nose", "chin", "ear"], absent=absent), table)
    rows = np.float32([[2, 4, 1, 2], [6, 2, 1, 2]])
    target = task.encode({"id": "a", "image": IMAGE, "keypoints": rows})
    assert target[2, :2].tolist() == [0.25, 0.5] and target[0, :2].tolist() == [0.75, 0.25]
    assert not target[1].any()  # nobody looked for a chin


def test_a_metric_counts_what_is_known():
    task = detection(ClassTable(3, (), ((0,), (1,)), (0, 1)))
    metric = task.metrics()
    cat = {"boxes_xyxy": np.float32([[0, 0, 4, 8], [4, 0, 8, 8]]), "scores": np.float32([0.9, 0.95])}
    task.measure(metric, boxes(0), {**cat, "classes": np.int32([0, 2])})
    scores = metric.result()
    assert scores["AP50"] == scores["AP50[car]"] == 1 and np.isnan(scores["AP50[cat]"])


def test_a_crowd_of_a_class_that_is_ignored_is_a_crowd_of_all():
    task = detection(ClassTable(3, (), ((0,), (1,), ()), (0, 1)))
    assert task.encode(boxes(2, crowd=np.array([True])))[1, 4:].tolist() == [-1, -1, -1]


def test_what_an_image_knows_of_boxes_says_nothing_of_its_map():
    """A joined source: boxes name the classes that are annotated in an image, and the map has names of its own."""
    table = ClassTable(3, (), ((1,), (0,)), (0, 1))
    plain = Segmentation("parts", (8, 8), ["a", "b"])
    ids = np.zeros((8, 8), np.int32)
    for known in ([], [2, 7]):
        sample = boxes(0, known_classes=np.int32(known), semantic_ids=ids)
        task = TaskOnCell(Segmentation("parts", (8, 8), ["a", "b", "c"]), table)
        assert task.has_labels(sample) and (task.encode(sample) == 1).all()
        metric = plain.metrics()
        plain.measure(metric, sample, {"semantic_ids": ids})
        assert metric.result()["mIoU"] == 1


def test_an_image_in_which_no_class_is_annotated_has_no_boxes():
    task = Detection("detection", (8, 8), ["car"], max_boxes=3, class_sets=[])
    assert task.has_labels(boxes(0)) and not task.has_labels(boxes(known_classes=np.int32([])))
