import cv2
import keras
import numpy as np
import pytest
from keras import ops

from xdomain_keras.layers.crop_resize import crop_resize, random_windows

RNG = np.random.default_rng(0)


def test_the_whole_is_itself():
    maps = RNG.normal(0, 1, (2, 5, 7, 3)).astype("float32")
    same = crop_resize(maps, np.float32([[0, 0, 1, 1]] * 2))
    np.testing.assert_allclose(ops.convert_to_numpy(same), maps, atol=1e-5)


@pytest.mark.parametrize(("top", "left", "height", "width"), [(2, 3, 4, 8), (0, 0, 8, 16), (4, 8, 4, 8)])
def test_a_window_of_whole_pixels_is_what_opencv_makes_of_it(top, left, height, width):
    maps = RNG.uniform(0, 1, (8, 16, 3)).astype("float32")
    expected = cv2.resize(maps[top : top + height, left : left + width], (16, 8), interpolation=cv2.INTER_LINEAR)
    window = np.float32([[top / 8, left / 16, height / 8, width / 16]])
    cut = ops.convert_to_numpy(crop_resize(maps[None], window))[0]
    inner = np.s_[1:-1, 1:-1]  # at the window's border ours looks beyond it, as a view of the image does
    np.testing.assert_allclose(cut[inner], expected[inner], atol=1e-5)


def test_every_row_has_its_own_window():
    maps = np.arange(32, dtype="float32").reshape(2, 4, 4, 1)
    cut = ops.convert_to_numpy(crop_resize(maps, np.float32([[0, 0, 0.5, 0.5], [0.5, 0.5, 0.5, 0.5]])))
    assert cut[0].max() < 8 and cut[1].min() > 24


def test_windows_lie_inside_and_are_as_large_as_asked():
    windows = ops.convert_to_numpy(random_windows(200, 0.4, keras.random.SeedGenerator(0)))
    assert (windows[:, :2] >= 0).all() and (windows[:, :2] + windows[:, 2:] <= 1 + 1e-6).all()
    assert 0.4 <= windows[:, 2].min() < 0.45 and 0.95 < windows[:, 2].max() <= 1
    assert np.array_equal(windows[:, 2], windows[:, 3])


def test_nearest_takes_cells_as_they_are():
    ids = RNG.integers(-1, 5, (3, 6, 8, 1)).astype("float32")
    windows = np.float32([[0, 0, 1, 1], [0.25, 0.3, 0.5, 0.5], [0.5, 0, 0.5, 0.5]])
    cut = ops.convert_to_numpy(crop_resize(ids, windows, nearest=True))
    assert np.array_equal(cut[0], ids[0]) and set(np.unique(cut)) <= set(np.unique(ids))
    # The lower left quarter, every cell twice a side.
    assert np.array_equal(cut[2], np.repeat(np.repeat(ids[2, 3:, :4], 2, axis=0), 2, axis=1))
