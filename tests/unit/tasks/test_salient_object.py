import numpy as np
import pytest

from xdomain_keras.errors import ConfigError
from xdomain_keras.tasks import SalientObject

MASK = np.uint8([[0, 0, 1, 1]])


def test_targets_are_0_and_1():
    target = SalientObject("object", (1, 4)).encode({"salient_object": MASK})
    assert target.dtype == np.float32 and target[0, :, 0].tolist() == [0, 0, 1, 1]


def test_predictions_are_measured_at_the_size_of_the_image(network):
    task = SalientObject("object", (1, 2), loss={"positive_weight": 0.7})
    prediction = task.prediction({"map": np.float32([[[0.1], [0.9]]])}, (1, 4))
    metric = task.metrics()
    task.measure(metric, {"salient_object": MASK}, prediction)
    assert metric.result()["F_max"] == pytest.approx(1) and metric.result()["IoU"] == 1
    assert task.loss(network).positive_weight == 0.7 and task.decoder(network).activation == "sigmoid"


def test_pictures_show_the_object_and_fade_the_rest():
    image = np.full((1, 4, 3), 200, np.uint8)
    picture = SalientObject("object", (1, 4)).draw(image, {"salient_object": MASK})
    assert (picture[0, 2:] == 200).all() and (picture[0, :2] < 120).all()


def test_mistakes_are_named(network):
    with pytest.raises(ConfigError, match="unknown key `positiv_weight`; did you mean `positive_weight`"):
        SalientObject("object", (1, 4), loss={"positiv_weight": 1}).loss(network)
