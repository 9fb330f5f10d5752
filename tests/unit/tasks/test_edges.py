import numpy as np
import pytest

from xdomain_keras.errors import ConfigError
from xdomain_keras.tasks import Edges


def test_ignored_pixels_become_minus_one():
    target = Edges("edges", (1, 3)).encode({"edges": np.uint8([[0, 1, 255]])})
    assert target.dtype == np.float32 and target[0, :, 0].tolist() == [0, 1, -1]


def test_a_thin_line_survives_a_coarser_target():
    edges = np.zeros((16, 16), np.uint8)
    edges[7] = 1
    target = Edges("edges", (16, 16), stride=4).encode({"edges": edges})[..., 0]
    np.testing.assert_array_equal(target, np.float32([[0], [1], [0], [0]]) * np.ones(4))


def test_every_annotator_is_measured_where_there_are_some():
    task = Edges("edges", (8, 8), metrics={"thresholds": 3, "thinned": False})
    edges, other = np.zeros((2, 8, 8), np.uint8)
    edges[2], other[6] = 1, 1
    sample, prediction = {"edges": edges}, {"edges": edges.astype(np.float32)}
    metric = task.metrics()
    task.measure(metric, sample, prediction)
    assert metric.result()["odsF"] == 1
    task.measure(metric := task.metrics(), {**sample, "boundaries": np.stack([edges, other], -1)}, prediction)
    assert metric.result()["odsF"] == pytest.approx(2 / 3)  # all is right, half is found


def test_loss_and_decoder(network):
    assert Edges("edges", (8, 8)).loss(network).positive_weight == 0.95
    assert Edges("edges", (8, 8), loss={"positive_weight": None}).loss(network).positive_weight is None
    assert Edges("edges", (8, 8)).decoder(network).activation == "sigmoid"
    with pytest.raises(ConfigError, match="tasks.edges.loss: unknown key `weight`"):
        Edges("edges", (8, 8), loss={"weight": 1}).loss(network)
    with pytest.raises(ConfigError, match="tasks.edges.metrics: unknown key `threshold`; did you mean `thresholds`"):
        Edges("edges", (8, 8), metrics={"threshold": 1}).metrics()


def test_pictures_are_ink_on_paper():
    task = Edges("edges", (1, 3))
    assert task.draw(None, {"edges": np.uint8([[0, 1, 255]])})[0, :, 0].tolist() == [255, 0, 255]
    assert task.draw(None, {"edges": np.float32([[0, 0.5, 1]])})[0, :, 0].tolist() == [255, 127, 0]
