import numpy as np
import pytest

from xdomain_keras.data import Arrays, Concatenated
from xdomain_keras.errors import DataError


def arrays(ids, shade, **labels):
    images = np.full((len(ids), 4, 4, 3), shade, np.uint8)
    return Arrays({"id": list(ids), "image": images, **labels})


def test_samples_come_in_turn_each_with_the_labels_that_it_has():
    depth = np.ones((2, 4, 4), np.float32)
    both = Concatenated([arrays("ab", 10, depth_meters=depth), arrays("c", 20)])
    assert both.ids == ["a", "b", "c"] and list(both.labels) == ["depth"]
    assert [int(both[index]["image"][0, 0, 0]) for index in range(3)] == [10, 10, 20]
    assert [set(both.labels_of(index)) for index in range(3)] == [{"depth"}, {"depth"}, set()]
    assert "depth_meters" in both[1] and "depth_meters" not in both[2]


def test_an_image_is_in_one_source_and_classes_are_the_same():
    with pytest.raises(DataError, match="'b' is in two sources"):
        Concatenated([arrays("ab", 1), arrays("bc", 2)])
    first, second = (arrays(name, 1, semantic_ids=np.zeros((1, 4, 4), np.int32)) for name in "ac")
    first.names, second.names = {"semantic_ids": ("road",)}, {"semantic_ids": ("sky",)}
    with pytest.raises(DataError, match="names of semantic_ids are .* expected the same"):
        Concatenated([first, second])
    assert Concatenated([first, arrays("b", 2)]).names == first.names  # the other has no such labels to be named
