import numpy as np
from keras import ops

from xdomain_keras.layers import DecodeKeypoints


def decode(heatmaps, depths, size):
    maps = np.broadcast_to(depths[:, None, None], heatmaps.shape)
    tensor = np.concatenate([heatmaps, maps], axis=-1).astype("float32")
    return ops.convert_to_numpy(DecodeKeypoints(size)(tensor)["points"])


def test_gaussians_are_found_between_the_cells():
    """Exactly, where the peak has neighbours on all sides."""
    rng = np.random.default_rng(0)
    places = rng.uniform(0.2, 0.8, (4, 3, 2))
    down, along = np.mgrid[:12, :16] + 0.5
    apart = (along[..., None] - 16 * places[:, None, None, :, 0]) ** 2
    apart = apart + (down[..., None] - 12 * places[:, None, None, :, 1]) ** 2
    depths = rng.uniform(1, 5, (4, 3))
    points = decode(np.exp(-apart / 2), depths, (24, 48))
    np.testing.assert_allclose(points[..., :2], places * [48, 24], atol=1e-4)
    np.testing.assert_allclose(points[..., 2], depths, rtol=1e-6)
    assert (points[..., 3] > 0.7).all() and (points[..., 3] <= 1).all()


def test_flat_and_negative_maps_and_peaks_in_a_corner_have_a_place_within_the_image():
    maps = np.zeros((1, 4, 4, 3))
    maps[..., 1], maps[0, 3, 3, 2] = -1, 1
    points = decode(maps, np.zeros((1, 3)), (8, 8))[0]
    np.testing.assert_allclose(points[:, :2], [[1, 1], [1, 1], [7, 7]], atol=1e-4)
    np.testing.assert_allclose(points[:, 3], [0, -1, 1])


def test_the_layer_is_restored_from_its_config():
    layer = DecodeKeypoints((8, 6), name="keypoints_decoder")
    assert DecodeKeypoints.from_config(layer.get_config()).size == (8, 6)
