import numpy as np
import pytest
from keras import ops

from xdomain_keras.data.scenes import Scenes
from xdomain_keras.errors import ConfigError, DataError
from xdomain_keras.experiments.classes import TaskClasses
from xdomain_keras.losses import KeypointsLoss
from xdomain_keras.tasks import Keypoints

NAMES = ("left_hand", "right_hand", "head")
IMAGE = np.zeros((20, 40, 3), np.uint8)


def test_what_is_known_within_the_image_is_learnt_in_parts_of_it():
    points = np.float32([[10, 5, 4, 2], [41, 5, 4, 2], [20, 10, 4, 0]])
    task = Keypoints("keypoints", (10, 20), NAMES, scale=2.0)
    sample = {"image": IMAGE, "keypoints": points}
    assert task.has_labels(sample) and not task.has_labels({"image": IMAGE})
    assert task.has_labels({"image": IMAGE, "keypoints": points[1:]})  # outside after a crop: its heatmap is known
    assert not task.has_labels({"image": IMAGE, "keypoints": points[2:]})
    np.testing.assert_allclose(task.encode(sample), [[0.25, 0.25, 2, 1], [1.025, 0.25, 0, 1], [0, 0, 0, 0]])
    assert task.encode(sample).dtype == np.float32 and task.empty().shape == (3, 4)
    points[2] = np.nan, np.nan, np.nan, 0
    assert np.isfinite(task.encode(sample)).all()


def test_absent_keypoints_are_learnt_from_where_they_are_known_to_be_absent():
    points = np.float32([[np.nan, np.nan, np.nan, 0], [1e9, 5, 4, 2], [0, 0, 0, 0]])
    sample = {"image": IMAGE, "keypoints": points}
    task = Keypoints("keypoints", (10, 20), NAMES, absent=True)
    np.testing.assert_allclose(task.encode(sample), [[-1, -1, 0, 1], [2, 0.25, 0, 1], [-1, -1, 0, 1]])
    unknown = {"image": IMAGE, "keypoints": points[[0, 2]]}
    assert task.has_labels(unknown) and not Keypoints("keypoints", (10, 20), NAMES).has_labels(unknown)
    metric = task.metrics()
    assert np.isnan(metric.result()["presence_AP"])  # there before anything is measured: it can be watched
    shown = np.float32([[1, 1, 0, 0.6], [1, 1, 0, 0.7], [1, 1, 0, 0.8]])
    task.measure(
        metric,
        {"image": IMAGE, "keypoints": np.float32([[9, 9, 4, 2], [9, 9, 4, 2], [0, 0, 0, 0]])},
        {"keypoints": shown},
    )
    assert metric.result()["presence_AP"] == pytest.approx((1 / 2 + 2 / 3) / 2)


def test_predictions_are_in_pixels_and_metres_of_the_image(network):
    task = Keypoints("keypoints", (10, 20), NAMES, scale=2.0, metrics={"normalizer": "image"})
    assert isinstance(task.loss(network), KeypointsLoss) and task.head().channels == 3
    y_pred = np.zeros((1, 5, 10, 6), "float32")
    y_pred[0, 2, 3, :3], y_pred[..., 3:] = 1, 1.5
    decoded = {key: ops.convert_to_numpy(value)[0] for key, value in task.decoder(network)(y_pred).items()}
    prediction = task.prediction(decoded, (20, 40))["keypoints"]
    np.testing.assert_allclose(prediction, np.tile([14, 10, 3, 1], (3, 1)), rtol=1e-4)
    metric = task.metrics()
    task.measure(metric, {"image": IMAGE, "keypoints": np.float32([[14, 10, 3, 2]] * 3)}, {"keypoints": prediction})
    assert metric.result()["PCK"] == 1 and metric.result()["depth_abs"] < 1e-4


def test_named_points_have_a_place_where_they_are_known_to_be_in_the_image():
    points = np.float32([[10, 5, 4, 2], [41, 5, 4, 2], [20, 10, 4, 0]])
    task = Keypoints("keypoints", (10, 20), NAMES)
    places = task.places({"image": IMAGE, "keypoints": points})
    assert places == {0: (10, 5)} and task.class_names[next(iter(places))] == "left_hand"
    points[:, 3] = 1, 0, 2  # hidden ones lie somewhere too
    assert task.places({"image": IMAGE, "keypoints": points}) == {0: (10, 5), 2: (20, 10)}
    assert task.places({"image": IMAGE, "keypoints": 0 * points}) == {}
    assert task.as_rows({"keypoints": points}) == {"keypoints": points.tolist()}


def test_pictures_show_what_is_seen():
    task = Keypoints("keypoints", (10, 20), NAMES)
    points = [[10, 10, 1, 2], [30, 10, 1, 0.2], [0, 0, 0, 0]]
    picture = task.draw(IMAGE, {"keypoints": np.float32(points)})
    assert picture[10, 10].max() == 255 and 90 < picture[10, 30].max() < 110 and not picture[0, 0].any()
    assert not IMAGE.any()


def test_names_come_from_the_source():
    source = Scenes("street", "synthetic", count=1, size=(32, 48), seed=3)
    resolved = Keypoints.resolve({}, TaskClasses(list(source.names["keypoints"]), {}, []), tuple)
    task = Keypoints("keypoints", (32, 48), **resolved)
    assert task.encode(source[0]).shape == (len(source.names["keypoints"]), 4)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"class_names": ()}, "the source names no keypoints; give `class_names`"),
        ({"class_names": NAMES, "sigma": 0}, "sigma 0, scale 1.0"),
        (
            {"class_names": ["nose"]},
            "the box about one keypoint is empty; set tasks.keypoints.metrics.normalizer to image",
        ),
        ({"class_names": NAMES, "head": {"tab": "c3"}}, "tasks.keypoints.head.*tab"),
    ],
)
def test_wrong_options(options, message):
    with pytest.raises(ConfigError, match=message):
        Keypoints("keypoints", (8, 8), **options)


def test_rows_must_be_as_many_as_the_names():
    with pytest.raises(DataError, match="b.png: keypoints: 2 rows; expected 3, one for each .* tasks.pose"):
        Keypoints("pose", (8, 8), NAMES).encode({"id": "b.png", "image": IMAGE, "keypoints": np.ones((2, 4))})
