import numpy as np
import pytest

from xdomain_keras.data import ClassTable
from xdomain_keras.data.labels import BOXES, KEYPOINTS, SEMANTIC_IDS

TABLE = ClassTable(3, ((0, 2),), ((1,), (0, 2), ()), (0, 1))


@pytest.mark.parametrize(
    ("table", "plain"),
    [
        (ClassTable(2, (), ((0,), (1,)), (0, 1)), True),
        (ClassTable(2, (), ((1,), (0,)), (0, 1)), False),
        (ClassTable(2, (), ((0,), (1,)), (0,)), False),
        (ClassTable(2, (), ((0,),), (0, 1)), False),
        (TABLE, False),
    ],
)
def test_a_plain_table_changes_nothing(table, plain):
    assert table.is_plain == plain


def test_codes_of_an_array_keep_its_shape():
    codes = TABLE.codes_of(np.array([[0, 1], [2, -1]]))
    assert codes.tolist() == [[1, 3], [-1, -1]] and codes.dtype == np.int32


def test_an_image_says_which_of_the_sources_values_it_is_annotated_for():
    assert TABLE.annotated_among(None).tolist() == [0, 1]
    assert TABLE.annotated_among([1]).tolist() == [0, 2] and TABLE.annotated_among([]).tolist() == []


@pytest.mark.parametrize(
    ("values", "known", "annotated"),
    [
        (((0,), (0,), (1,)), [0], []),  # two kinds of one class, and one of them is marked
        (((0,), (0,), (1,)), [0, 1], [0]),
        (((0,), (1,), (0, 1)), [2], []),  # what may be of a class, and the class by itself
        (((0,), (1,), (0, 1)), [0, 2], [0]),
        (((0,), (1,), ()), [1, 2], [1]),
    ],
)
def test_a_class_is_annotated_where_all_that_may_be_of_it_is(values, known, annotated):
    assert ClassTable(2, ((0, 1),), values, (0, 1)).annotated_among(np.int32(known)).tolist() == annotated


def test_a_class_that_is_hidden_is_not_annotated_where_an_image_says_so():
    arrays = {"boxes_xyxy": np.zeros((2, 4), np.float32), "classes": np.int32([0, 2])}
    left = BOXES.without({**arrays, "known_classes": np.int32([0, 1, 2])}, [2])
    assert left["classes"].tolist() == [0] and left["known_classes"].tolist() == [0, 1]
    assert "known_classes" not in BOXES.without(arrays, [2])  # there the domain's table knows what is left


def test_labels_are_renamed_and_stay_as_they_were():
    ids = np.int32([[0, 1, 2, -1]])
    assert SEMANTIC_IDS.relabel({"semantic_ids": ids}, TABLE)["semantic_ids"].tolist() == [[1, 3, -1, -1]]
    boxes = {"boxes_xyxy": np.zeros((2, 4), np.float32), "classes": np.int32([0, 2])}
    assert BOXES.relabel(boxes, TABLE)["classes"].tolist() == [1, -1] and boxes["classes"].tolist() == [0, 2]
    table = ClassTable(3, (), ((2,), (0,)), (0, 2))
    rows = KEYPOINTS.relabel({"keypoints": np.float32([[1, 1, 0, 2], [2, 2, 0, 0]])}, table)["keypoints"]
    assert rows[:, 3].tolist() == [0, -1, 2] and rows[2, 0] == 1


def test_values_are_counted():
    assert SEMANTIC_IDS.count({"semantic_ids": np.int32([[0, 1, 1, -1]])}, 3).tolist() == [1, 2, 0]
    boxes = {"classes": np.int32([1, 1, -1]), "crowd": np.array([True, False, False])}
    assert BOXES.count(boxes, 2).tolist() == [0, 1]
    assert KEYPOINTS.count({"keypoints": np.float32([[1, 1, 0, 2], [0, 0, 0, 0]])}, 2).tolist() == [1, 0]
