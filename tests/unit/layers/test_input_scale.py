import keras
import numpy as np
import pytest
from keras import ops

from xdomain_keras.layers.input_scale import CAFFE, IMAGENET_OFFSET, IMAGENET_SCALE, TORCHVISION, InputScale

IMAGES = np.random.default_rng(0).integers(0, 256, (2, 4, 5, 3)).astype("float32")


def expected(dialect):
    if dialect is CAFFE:
        return IMAGES[..., ::-1] - np.float32([103.939, 116.779, 123.68])
    return (IMAGES / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]


@pytest.mark.parametrize("dialect", [CAFFE, TORCHVISION])
def test_colours_are_those_of_the_dialect(dialect):
    np.testing.assert_allclose(ops.convert_to_numpy(InputScale(*dialect)(IMAGES)), expected(dialect), atol=2e-5)


def test_torchvision_is_what_rescaling_does():
    rescaled = keras.layers.Rescaling(IMAGENET_SCALE, IMAGENET_OFFSET)(IMAGES)
    np.testing.assert_allclose(ops.convert_to_numpy(rescaled), expected(TORCHVISION), atol=2e-5)


def test_other_weights_change_it_and_a_file_keeps_that(tmp_path):
    images = keras.Input((4, 5, 3))
    model = keras.Model(images, InputScale(*CAFFE, name="scale")(images))
    model.get_layer("scale").follow(*TORCHVISION)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(ops.convert_to_numpy(again(IMAGES)), expected(TORCHVISION), atol=2e-5)
    assert not model.trainable_variables


def test_any_number_of_channels_is_scaled():
    layer = InputScale(np.eye(5) / 2)
    np.testing.assert_array_equal(ops.convert_to_numpy(layer(np.ones((1, 2, 2, 5)))), np.full((1, 2, 2, 5), 0.5))
