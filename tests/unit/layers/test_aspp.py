import keras
import numpy as np
import pytest
from keras import ops

from xdomain_keras.layers import ASPP

FEATURES = np.random.default_rng(0).normal(size=(2, 6, 5, 3)).astype("float32")


def dilated(x, kernel, bias, rate):
    """A 3x3 convolution with holes, tap by tap, then ReLU."""
    height, width = x.shape[1:3]
    padded = np.pad(x, ((0, 0), (rate, rate), (rate, rate), (0, 0)))
    taps = [
        padded[:, i * rate : i * rate + height, j * rate : j * rate + width] @ kernel[i, j]
        for i in range(3)
        for j in range(3)
    ]
    return np.maximum(sum(taps) + bias, 0)


def test_branches_are_dilated_convolutions_side_by_side():
    layer = ASPP(4, rates=(1, 3))
    output = ops.convert_to_numpy(layer(FEATURES))
    expected = [
        dilated(FEATURES, *(ops.convert_to_numpy(weight) for weight in branch.weights), rate)
        for branch, rate in zip(layer.branches, (1, 3), strict=True)
    ]
    np.testing.assert_allclose(output, np.concatenate(expected, axis=-1), atol=1e-5)


def test_pool_branch_is_the_same_everywhere_and_sees_the_mean():
    layer = ASPP(4, rates=(), image_pooling=True)
    output = ops.convert_to_numpy(layer(FEATURES))
    kernel, bias = (ops.convert_to_numpy(weight) for weight in layer.pool_branch.weights)
    expected = np.maximum(FEATURES.mean(axis=(1, 2)) @ kernel[0, 0] + bias, 0)
    np.testing.assert_allclose(output, np.broadcast_to(expected[:, None, None], output.shape), atol=1e-5)


@pytest.mark.parametrize("options", [{}, {"pointwise": True, "image_pooling": True, "output_filters": 7}])
def test_shape_and_saving(options, tmp_path):
    inputs = keras.Input((6, 5, 3))
    layer = ASPP(4, rates=(1, 1, 2), name="aspp", **options)
    model = keras.Model(inputs, layer(inputs))
    assert layer.compute_output_shape((2, 6, 5, 3)) == tuple(ops.shape(layer(FEATURES))) == (2, *model.output.shape[1:])
    model.save(tmp_path / "aspp.keras")
    loaded = keras.models.load_model(tmp_path / "aspp.keras")
    np.testing.assert_allclose(loaded.predict(FEATURES, verbose=0), model.predict(FEATURES, verbose=0), atol=1e-6)
