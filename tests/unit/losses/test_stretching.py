import numpy as np
from keras import ops

from xdomain_keras.losses import stretch_to


def test_a_map_of_the_right_size_is_left_alone():
    maps = np.random.default_rng(0).normal(size=(2, 3, 4, 5)).astype("float32")
    np.testing.assert_array_equal(ops.convert_to_numpy(stretch_to(maps, (3, 4))), maps)


def test_stretching_is_bilinear_about_pixel_centres():
    row = np.float32([0, 4]).reshape(1, 1, 2, 1)
    stretched = ops.convert_to_numpy(stretch_to(ops.convert_to_tensor(row), [2, 4]))
    np.testing.assert_allclose(stretched[0, :, :, 0], [[0, 1, 3, 4]] * 2, atol=1e-6)


def test_half_precision_becomes_single():
    assert ops.dtype(stretch_to(ops.zeros((1, 2, 2, 1), "float16"), (2, 2))) == "float32"
