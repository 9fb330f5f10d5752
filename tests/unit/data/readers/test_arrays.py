import numpy as np
import pytest

from xdomain_keras.data import Arrays
from xdomain_keras.errors import DataError

IMAGES = np.zeros((2, 4, 4, 3), np.uint8)


def test_lists_of_any_length_an_image():
    boxes = [np.zeros((0, 4), np.float32), np.ones((2, 4), np.float32)]
    source = Arrays({"image": IMAGES, "boxes_xyxy": boxes}, class_names=["cat"])
    assert [len(sample["boxes_xyxy"]) for sample in source] == [0, 2]
    assert (source.ids, source.labels, source.class_names) == (["0", "1"], {"boxes_xyxy"}, ("cat",))
    assert list(source.check()) == []


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({}, "no `image`; got nothing"),
        ({"edges": IMAGES}, "no `image`; got edges"),
        ({"image": IMAGES, "edges": IMAGES[:1]}, "differ in length"),
    ],
)
def test_arrays_that_do_not_fit(arrays, message):
    with pytest.raises(DataError, match=message):
        Arrays(arrays)
