import numpy as np
import pytest
from keras import ops

from xdomain_keras.errors import ConfigError
from xdomain_keras.tasks import SalientObject

MASK = np.uint8([[0, 0, 1, 1]])


def test_targets_are_0_and_1():
    target = SalientObject("object", (1, 4)).encode({"salient_object": MASK})
    assert target.dtype == np.float32 and target[0, :, 0].tolist() == [0, 0, 1, 1]
    target = SalientObject("object", (1, 4)).encode({"salient_object": MASK * 255})
    assert target[0, :, 0].tolist() == [0, 0, 1, 1]


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


@pytest.mark.parametrize(
    "name", ["cas", "class_agnostic_entropy", "cross_entropy", "discriminative", "magnet", "triplet"]
)
def test_losses_over_two_channels(network, name):
    task = SalientObject("object", (1, 4), loss={"name": name})
    assert task.head().channels == 2 and task.needs_validation
    assert task.map_channels == 0  # nobody knows yet which channel is the object
    logits = np.float32([[[[2, -2], [2, -2], [-2, 2], [-2, 2]]]])
    loss = task.loss(network)
    right, wrong = (float(loss(task.encode({"salient_object": MASK})[None], each)) for each in (logits, 0 * logits))
    assert right < wrong


def test_the_channel_that_correlates_is_the_object(network):
    task = SalientObject("object", (1, 4), loss={"name": "cas"})
    logits = np.float32([[[[-2, 2], [-2, 2], [2, -2], [2, -2]]]])

    def measure():
        decoded = {key: ops.convert_to_numpy(value)[0] for key, value in task.decoder(network)(logits).items()}
        metric = task.metrics()
        task.measure(metric, {"salient_object": MASK}, task.prediction(decoded, (1, 4)))
        return metric.result()

    assert task.choices() == {"channel": 1} and measure()["correlation"] == pytest.approx(-1)
    assert task.settle(measure()) and task.choices() == {"channel": 0}
    assert measure()["correlation"] == pytest.approx(1) and not task.settle(measure())
    mapped = ops.convert_to_numpy(task.map_prediction(logits))
    assert mapped.shape == (1, 1, 4, 1) and (mapped[0, 0, :, 0] > 0.5).tolist() == [False, False, True, True]
    other = SalientObject("object", (1, 4), loss={"name": "cas"})
    other.choose(task.choices())
    assert other.channel == 0


def test_one_channel_leaves_nothing_to_choose():
    task = SalientObject("object", (1, 4))
    assert not task.needs_validation and task.choices() == {} and not task.settle({"correlation": -1})
    assert task.map_channels == 1
    task.choose({})
    assert task.channel is None
