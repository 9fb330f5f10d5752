import numpy as np
import pytest

from xdomain_keras.errors import ConfigError
from xdomain_keras.losses import DepthLoss
from xdomain_keras.tasks import Depth


def test_targets_are_scaled_and_unknown_or_far_pixels_are_0():
    task = Depth("depth", (1, 5), scale=4.0, cap=50)
    target = task.encode({"depth_meters": np.float32([[2, 0, 60, np.nan, np.inf]])})
    assert target.shape == (1, 5, 1) and target[0, :, 0].tolist() == [0.5, 0, 0, 0, 0]
    assert not task.empty().any() and task.empty().shape == (1, 5, 1)


def test_a_map_without_a_known_pixel_is_no_label():
    task = Depth("depth", (1, 2), cap=50)
    known = [task.has_labels({"depth_meters": np.float32([[depth, 0]])}) for depth in (2, 0, 60, np.nan, np.inf)]
    assert known == [True, False, False, False, False] and not task.has_labels({})


def test_predictions_are_in_metres_at_the_size_of_the_image(network):
    task = Depth("depth", (2, 2), scale=4.0, average="images")
    prediction = task.prediction({"map": np.full((2, 2, 1), 0.5)}, (6, 8))
    assert prediction["depth_meters"].shape == (6, 8) and (prediction["depth_meters"] == 2).all()
    metric = task.metrics()
    task.measure(metric, {"depth_meters": np.full((6, 8), 3.0)}, prediction)
    assert metric.average == "images" and metric.result()["abs"] == pytest.approx(1)
    assert isinstance(task.loss(network), DepthLoss) and task.decoder(network).activation == "relu"


def test_near_is_bright_and_unknown_is_black():
    task, depth = Depth("depth", (1, 4)), np.float32([[1, 5, 20, 0]])
    picture = task.draw(None, {"depth_meters": depth}).astype(int).sum(-1)[0]
    assert picture[0] > picture[1] > picture[2] and picture[3] == 0
    assert not task.draw(None, {"depth_meters": np.zeros((2, 2))}).any()


def test_mistakes_are_named():
    with pytest.raises(ConfigError, match="unknown name `thik`"):
        Depth("depth", (4, 4), head={"name": "thik"})
