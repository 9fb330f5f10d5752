import keras
import numpy as np
from keras import ops

from xdomain_keras.losses import KeypointsLoss
from xdomain_keras.losses.per_image import per_image, unreduced

RNG = np.random.default_rng(0)


def test_losses_that_keep_axes_are_averaged_over_them():
    true, pred = RNG.normal(size=(2, 3, 4, 5, 6)).astype("float32")
    values = ops.convert_to_numpy(per_image(unreduced(keras.losses.MeanSquaredError()), true, pred))
    np.testing.assert_allclose(values, ((true - pred) ** 2).mean((1, 2, 3)), rtol=1e-5)


def test_those_of_one_value_an_image_are_left_as_they_are_and_the_original_too():
    loss = KeypointsLoss()
    true = np.float32([[[0.5, 0.5, 0, 1]], [[0.2, 0.5, 0, 1]]])
    pred = RNG.normal(size=(2, 6, 8, 2)).astype("float32")
    values = ops.convert_to_numpy(per_image(unreduced(loss), true, pred))
    assert values.shape == (2,) and loss.reduction == "sum_over_batch_size"
    np.testing.assert_allclose(values.mean(), ops.convert_to_numpy(loss(true, pred)), rtol=1e-5)
