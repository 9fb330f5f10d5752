import numpy as np
import pytest

from xdomain_keras.errors import ConfigError, DataError
from xdomain_keras.losses import SegmentationLoss
from xdomain_keras.models import DeepLabHead, SegNetHead, ThinHead
from xdomain_keras.tasks import Segmentation

NAMES = ["road", "car", "sky"]


@pytest.fixture
def task():
    return Segmentation("parts", (4, 6), NAMES)


def make_sample(ids):
    ids = np.int32(ids)
    return {"image": np.full((*ids.shape, 3), 90, np.uint8), "id": "a", "semantic_ids": ids}


def test_a_target_holds_ids_and_nothing_labelled_is_ignored(task):
    ids = np.arange(24).reshape(4, 6) % 4 - 1
    np.testing.assert_array_equal(task.encode(make_sample(ids))[..., 0], ids)
    assert (task.empty() == -1).all() and task.empty().shape == (4, 6, 1)


def test_a_coarser_target_keeps_ids():
    ids = np.kron([[0, 1, 2], [2, -1, 0]], np.ones((2, 2), int))
    target = Segmentation("parts", (4, 6), NAMES, stride=2).encode(make_sample(ids))
    assert target[..., 0].tolist() == [[0, 1, 2], [2, -1, 0]]


@pytest.mark.parametrize("wrong", [3, -2])
def test_an_id_out_of_range_names_the_image(task, wrong):
    with pytest.raises(DataError, match=f"image a: class id {wrong}; expected 0 to 2"):
        task.encode(make_sample(np.full((4, 6), wrong)))


def test_heads_have_a_channel_a_class(network):
    for name, kind in (("thin", ThinHead), ("segnet", SegNetHead), ("deeplab", DeepLabHead)):
        head = Segmentation("parts", (4, 6), NAMES, head={"name": name}).head()
        assert isinstance(head, kind) and head.channels == 3
    assert isinstance(Segmentation("parts", (4, 6), NAMES).loss(network), SegmentationLoss)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"class_names": []}, "task `parts` has no class names"),
        ({"class_names": NAMES, "head": {"name": "segment"}}, "tasks.parts.head: unknown name `segment`"),
        ({"class_names": NAMES, "head": {"channels": 5}}, "tasks.parts.head: unknown key `channels`"),
    ],
)
def test_mistakes_are_named(options, message):
    with pytest.raises(ConfigError, match=message):
        Segmentation("parts", (4, 6), **options)


@pytest.mark.parametrize("name", ["background", "Background", "back_ground"])
def test_background_is_known_in_any_spelling(name):
    assert Segmentation("parts", (8, 8), ["sky", name]).background == name
    assert Segmentation("parts", (8, 8), ["sky", "void"], background="Void").background == "void"
    assert Segmentation("parts", (8, 8), ["sky", "void"]).background is None


def test_predictions_are_measured_at_the_size_of_the_image(task):
    decoded = {"ids": np.int64([[0, 1]]), "score": np.ones((1, 2))}
    sample, metric = make_sample(np.kron([[0, 1]], np.ones((4, 4), int))), task.metrics()
    prediction = task.prediction(decoded, (4, 8))
    task.measure(metric, sample, prediction)
    assert prediction["semantic_ids"].dtype == np.int32 and metric.result()["mIoU"] == 1
    assert metric.result()["IoU[road]"] == 1


def test_pictures_tell_classes_apart_and_leave_unlabelled_pixels_dark(task):
    sample = make_sample([[0, 1, 2, -1]])
    picture = task.draw(sample["image"], sample)
    assert picture.shape == (1, 4, 3) and picture.dtype == np.uint8
    assert len({tuple(color) for color in picture[0]}) == 4 and (picture[0, 3] == 30).all()
