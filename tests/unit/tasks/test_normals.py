import numpy as np
from keras import ops

from xdomain_keras.losses import NormalsLoss
from xdomain_keras.tasks import Normals


def test_targets_keep_their_vectors():
    normals = np.zeros((4, 4, 3), np.float32)
    normals[::2, ::2, 2] = -1
    target = Normals("normals", (4, 4), stride=2).encode({"normals": normals})
    np.testing.assert_array_equal(target, np.tile(np.float32([0, 0, -1]), (2, 2, 1)))
    assert Normals("normals", (4, 4), stride=2).empty().shape == (2, 2, 3)


def test_predictions_are_unit_vectors_measured_in_degrees(network):
    task = Normals("normals", (2, 2))
    assert isinstance(task.loss(network), NormalsLoss) and task.head().channels == 3
    decoded = task.decoder(network)(np.tile(np.float32([0, -5, 0]), (1, 2, 2, 1)))["map"]
    prediction = task.prediction({"map": ops.convert_to_numpy(decoded)[0]}, (4, 6))
    np.testing.assert_allclose(prediction["normals"], np.tile([0, -1, 0], (4, 6, 1)), atol=1e-6)
    metric = task.metrics()
    task.measure(metric, {"normals": np.tile([0, 0, -1.0], (4, 6, 1))}, prediction)
    assert abs(metric.result()["mean"] - 90) < 1e-4


def test_up_is_green_towards_the_camera_blue_and_unknown_black():
    normals = np.float32([[[0, -1, 0], [0, 0, -1], [1, 0, 0], [0, 0, 0]]])
    picture = Normals("normals", (1, 4)).draw(None, {"normals": normals})[0]
    assert picture.argmax(-1)[:3].tolist() == [1, 2, 0] and not picture[3].any()
