import numpy as np
import pytest

from xdomain_keras.data import Arrays
from xdomain_keras.data.swapped_objects import SwappedObjects
from xdomain_keras.errors import ConfigError

COUNT = 400
MASKS = np.random.default_rng(0).integers(0, 2, (COUNT, 2, 3), dtype=np.uint8)
SOURCE = Arrays({"image": np.zeros((COUNT, 2, 3, 3), np.uint8), "salient_object": MASKS, "edges": MASKS})


@pytest.mark.parametrize("probability", [0.0, 0.1, 0.5, 1.0])
def test_so_many_masks_are_turned_and_nothing_else(probability):
    source = SwappedObjects(SOURCE, probability, seed=3)
    assert abs(len(source.swapped) / COUNT - probability) < 0.08 and source.ids == SOURCE.ids
    for index in range(COUNT):
        turned = source.ids[index] in source.swapped
        np.testing.assert_array_equal(source[index]["salient_object"], 1 - MASKS[index] if turned else MASKS[index])
        np.testing.assert_array_equal(source[index]["edges"], MASKS[index])


def test_masks_of_0_and_255_are_turned_too():
    arrays = Arrays({"image": np.zeros((1, 1, 2, 3), np.uint8), "salient_object": np.uint8([[[0, 255]]])})
    assert SwappedObjects(arrays, 1.0)[0]["salient_object"].tolist() == [[1, 0]]


def test_the_seed_decides_and_fewer_are_among_more():
    assert SwappedObjects(SOURCE, 0.5, 3).swapped == SwappedObjects(SOURCE, 0.5, 3).swapped
    assert SwappedObjects(SOURCE, 0.5, 3).swapped != SwappedObjects(SOURCE, 0.5, 4).swapped
    assert SwappedObjects(SOURCE, 0.1, 3).swapped < SwappedObjects(SOURCE, 0.5, 3).swapped


def test_mistakes_are_named():
    with pytest.raises(ConfigError, match=r"swap_objects is 1.5; expected a probability in \[0, 1\]"):
        SwappedObjects(SOURCE, 1.5)
    with pytest.raises(ConfigError, match=r"no masks of salient objects \(it has no labels\)"):
        SwappedObjects(Arrays({"image": np.zeros((1, 2, 3, 3), np.uint8)}), 0.5)
