import keras
import numpy as np
import pytest
from keras import ops

from xdomain_keras.layers import ReflectionPadding2D


@pytest.mark.parametrize("padding", [1, 3])
def test_it_pads_as_numpy_does(padding):
    x = np.random.default_rng(0).normal(0, 1, (2, 5, 7, 3)).astype("float32")
    sides = ((0, 0), (padding, padding), (padding, padding), (0, 0))
    layer = ReflectionPadding2D(padding)
    padded = ops.convert_to_numpy(layer(x))
    np.testing.assert_array_equal(padded, np.pad(x, sides, mode="reflect"))
    assert layer.compute_output_shape(x.shape) == padded.shape
    assert layer.compute_output_shape((None, None, 7, 3)) == (None, None, 7 + 2 * padding, 3)


def test_it_is_saved():
    layer = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(ReflectionPadding2D(2)))
    assert layer.padding == 2
