import numpy as np
import pytest

from tests.unit.data.readers.files import faults_of
from xdomain_keras.data import LABELS, Arrays, DenseLabel
from xdomain_keras.errors import ConfigError, DataError

IMAGES = np.zeros((2, 4, 4, 3), np.uint8)


def test_lists_of_any_length_an_image():
    boxes = [np.zeros((0, 4), np.float32), np.ones((2, 4), np.float32)]
    classes = [np.zeros(0, np.int32), np.zeros(2, np.int32)]
    source = Arrays({"image": IMAGES, "boxes_xyxy": boxes, "classes": classes}, ["cat"])
    assert [len(sample["boxes_xyxy"]) for sample in source] == [0, 2]
    assert source.ids == ["0", "1"] and list(source.labels) == ["boxes"] and source.names == {"boxes": ("cat",)}
    assert faults_of(source) == []


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (["depht_meters"], "no kind of label knows the key `depht_meters`; did you mean `depth_meters`"),
        (["boxes_xyxy"], "boxes_xyxy without `classes`; the labels `boxes` need both"),
        (["boundaries"], "boundaries without `edges`"),
    ],
)
def test_keys_that_nobody_knows_or_that_lack_their_company_are_refused(keys, message):
    with pytest.raises(ConfigError, match=message):
        Arrays({"image": IMAGES, **dict.fromkeys(keys, IMAGES)})


def test_a_kind_of_your_own_stands_beside_those_of_the_package():
    albedo = DenseLabel("albedo", channels=3, least=0, most=1)
    source = Arrays({"image": IMAGES, "albedo": IMAGES / 255}, kinds={**LABELS, "albedo": albedo})
    assert source[0]["albedo"].dtype == np.float32 and faults_of(source) == []
    assert len(faults_of(Arrays({"image": IMAGES, "albedo": IMAGES + 2}, kinds={"albedo": albedo}))) == 2


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
