import cv2
import keras
import numpy as np
import pytest
from keras import ops

from xdomain_keras.errors import ConfigError
from xdomain_keras.losses import CASLoss, DiscriminativeLoss, MagnetLoss, TripletLoss
from xdomain_keras.tasks import Regions

SIZE = (6, 8)
HALVES = np.repeat(np.repeat([[0, 1]], 6, axis=0), 4, axis=1).astype(np.int16)


def test_regions_are_numbered_by_size_and_people_are_channels():
    drawn = np.stack([HALVES * 3 + 5, np.where(HALVES == 1, -1, 2)], axis=-1).astype(np.int16)
    drawn[0, 0, 0] = 9
    target = Regions("regions", SIZE, annotators=3).encode({"regions": drawn})
    assert target.dtype == np.float32 and target.shape == (*SIZE, 3)
    assert target[0, 0, 0] == 2 and (target[:, 4:, 0] == 0).all() and (target[1:, :4, 0] == 1).all()
    assert (target[:, :4, 1] == 0).all() and (target[:, 4:, 1] == -1).all() and (target[..., 2] == -1).all()


def test_the_smallest_of_too_many_and_further_people_are_left_out():
    drawn = np.zeros((*SIZE, 3), np.int16)
    drawn[0, :3], drawn[1, :2], drawn[2, :1] = 1, 2, 3
    target = Regions("regions", SIZE, annotators=1, max_regions=3).encode({"regions": drawn})
    assert target.shape == (*SIZE, 1) and target[2, 0, 0] == -1 and target.max() == 2


def test_a_target_is_smaller_by_its_stride_and_an_absent_one_is_ignored():
    task = Regions("regions", SIZE, stride=2)
    assert task.encode({"regions": HALVES[..., None]}).shape == task.empty().shape == (3, 4, 5)
    assert (task.empty() == -1).all()


@pytest.mark.parametrize(
    ("name", "kind"),
    [("cas", CASLoss), ("discriminative", DiscriminativeLoss), ("magnet", MagnetLoss), ("triplet", TripletLoss)],
)
def test_losses_by_name(network, name, kind):
    loss = Regions("regions", SIZE, loss={"name": name}, max_regions=9).loss(network)
    assert isinstance(loss, kind) and loss.max_regions == 9


def test_a_prediction_holds_the_regions_at_every_limit(network):
    """Two halves whose descriptors differ, one pixel of noise, at twice the size."""
    task = Regions("regions", SIZE, channels=3, cuts={"low": 0.1, "high": 2.0, "number": 2})
    logits = 4 * np.eye(3, dtype="float32")[HALVES][None]
    logits[0, 3, 1] = 0, 0, 4
    decoded = {key: ops.convert_to_numpy(value)[0] for key, value in task.decoder(network)(logits).items()}
    np.testing.assert_allclose(decoded["map"].sum(-1), 1, rtol=1e-5)
    regions = task.prediction(decoded, (12, 16))["regions"]
    assert regions.shape == (12, 16, 2) and regions.dtype == np.int16
    expected = cv2.resize(HALVES, (16, 12), interpolation=cv2.INTER_NEAREST)
    np.testing.assert_array_equal(regions[..., 0], expected)
    assert not regions[..., 1].any()
    metric = task.metrics()
    task.measure(metric, {"regions": expected[..., None]}, {"regions": regions})
    assert metric.result()["covering_ods"] == 1 and metric.result()["VI_ods"] == 0


def test_pictures_show_regions_in_their_colour_with_borders():
    image = np.zeros((*SIZE, 3), np.uint8)
    image[:, 4:] = 100
    task, label = Regions("regions", SIZE), {"image": image, "regions": HALVES[..., None]}
    picture = task.draw(image, label)
    assert (picture[:, 3] == 255).all() and (picture[:, 4:] == 100).all() and not picture[:, :3].any()
    cuts = np.stack([HALVES, 0 * HALVES, 0 * HALVES], axis=-1)
    assert (task.draw(image, {"regions": cuts}) == 50).all()
    ignored = {"image": image, "regions": np.where(HALVES, -1, 0)[..., None]}
    assert not task.draw(image, ignored)[:, 4:].any()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"channels": 1}, "tasks.regions: channels 1, annotators 5"),
        ({"annotators": 0}, "annotators 0"),
        ({"cuts": {"low": 0}}, "cuts: low 0.0, high 1.0, number 13; expected 0 < low"),
        ({"cuts": {"by": "wrad"}}, "by"),
        ({"cuts": {"colors": -1}}, "cuts: colors -1.0; expected a weight from 0 up"),
    ],
)
def test_wrong_options(options, message):
    with pytest.raises(ConfigError, match=message):
        Regions("regions", SIZE, **options)


def test_an_unknown_loss_is_named(network):
    with pytest.raises(ConfigError, match="tasks.regions.loss: unknown name `csa`; did you mean `cas`"):
        Regions("regions", SIZE, loss={"name": "csa"}).loss(network)


def test_cells_of_the_map_are_merged_by_what_the_loss_compares(network):
    """Linear descriptors whose largest channel is the same everywhere."""
    task = Regions(
        "regions",
        (12, 16),
        channels=2,
        loss={"name": "discriminative", "descriptor": "linear"},
        cuts={"pieces": "pixels", "low": 0.05, "high": 9.0, "number": 2},
    )
    values = np.stack([9 + 3.0 * HALVES, np.zeros(SIZE)], axis=-1).astype("float32")[None]
    decoded = {key: ops.convert_to_numpy(value)[0] for key, value in task.decoder(network)(values).items()}
    np.testing.assert_array_equal(decoded["map"], values[0])  # as fine as the head's map, and no softmax
    regions = task.prediction(decoded, (12, 16))["regions"]
    np.testing.assert_array_equal(regions[..., 0], cv2.resize(HALVES, (16, 12), interpolation=cv2.INTER_NEAREST))
    assert not regions[..., 1].any()


@pytest.mark.parametrize("pieces", ["argmax", "pixels"])
def test_colours_stand_beside_the_descriptors(pieces):
    """The network says nothing; the photograph's halves differ in red, which is weighted and in [0, 1]."""
    images = keras.Input((12, 16, 3))
    network = keras.Model(images, keras.layers.AveragePooling2D(2)(0 * images))
    options = {"pieces": pieces, "colors": 3.0, "low": 0.05, "high": 50.0, "number": 2}
    task = Regions("regions", (12, 16), loss={"descriptor": "unit"}, cuts=options)
    predictor = keras.Model(images, task.decoder(network)(network.output))
    picture = np.zeros((1, 12, 16, 3), "float32")
    picture[:, :, 8:, 0] = 255
    decoded = {key: ops.convert_to_numpy(value)[0] for key, value in predictor(picture).items()}
    height, width = (12, 16) if pieces == "argmax" else SIZE
    assert decoded["map"].shape == (height, width, 6) and not decoded["map"][..., :3].any()
    np.testing.assert_allclose(decoded["map"][:, [0, -1], 3:], [[[0, 0, 0], [3, 0, 0]]] * height, atol=1e-5)
    regions = task.prediction(decoded, (12, 16))["regions"]
    halves = cv2.resize(HALVES, (16, 12), interpolation=cv2.INTER_NEAREST)
    # What the network leaves in one piece stays in one, whatever its colours.
    np.testing.assert_array_equal(regions[..., 0], halves if pieces == "pixels" else 0 * halves)
    assert not regions[..., 1].any()
