import cv2
import numpy as np
import pytest

from tests.unit.data.readers.files import assert_fault, faults_of, only_fault, raised_fault, write_image
from xdomain_keras.data.readers import DepthMaps
from xdomain_keras.data.sample import find_faults
from xdomain_keras.errors import ConfigError

LEVELS = np.uint16([[0, 1, 500], [1000, 65535, 257]])


@pytest.fixture
def read(tmp_path):
    """An image of 2 x 3, and its map as given: levels, or an array of floats as npy."""
    write_image(tmp_path / "images/a.jpg", 2, 3)
    (tmp_path / "maps").mkdir()

    def read(depth, **options):
        read.path = tmp_path / ("maps/a.png" if depth.dtype == np.uint16 else "maps/a.npy")
        if depth.dtype == np.uint16:
            cv2.imwrite(str(read.path), depth)
        else:
            np.save(read.path, depth)
        return DepthMaps(str(tmp_path / "images"), str(tmp_path / "maps"), **options)

    return read


def test_levels_become_metres(read):
    source = read(LEVELS, scale=0.001)
    assert source.labels.keys() == {"depth"} and faults_of(source) == [] and not find_faults(source[0])
    np.testing.assert_allclose(source[0]["depth_meters"], [[0, 0.001, 0.5], [1, 65.535, 0.257]], rtol=1e-6)


def test_disparity_of_cityscapes(read):
    source = read(LEVELS, disparity=True, scale=1)
    np.testing.assert_allclose(source[0]["depth_meters"][:, [0, 2]], [[0, 499 / 256], [999 / 256, 1]])


def test_disparity_becomes_metres(read):
    source = read(LEVELS, disparity=True, focal_baseline=473.56)
    far = source[0]["depth_meters"]
    np.testing.assert_allclose(far, [[0, 0, 473.56 * 256 / 499], [473.56 * 256 / 999, 473.56 * 256 / 65534, 473.56]])


def test_depth_written_over_the_colours(read, tmp_path):
    colors = np.uint8([[[255, 255, 255], [0, 0, 0], [1, 0, 0]], [[0, 1, 0], [0, 0, 1], [10, 20, 30]]])
    source = read(LEVELS, color_range=1000)
    cv2.imwrite(str(read.path), colors[..., ::-1])
    expected = 1000 * (colors[..., 0] + 256.0 * colors[..., 1] + 65536.0 * colors[..., 2]) / (2**24 - 1)
    np.testing.assert_allclose(source[0]["depth_meters"], expected, rtol=1e-6)
    cv2.imwrite(str(read.path), LEVELS)
    assert_fault(raised_fault(lambda: source[0]), read.path, "", "expected three colours of 8 bits")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"focal_baseline": 1.0}, "goes with disparity: true"),
        ({"focal_baseline": 0.0, "disparity": True}, "focal_baseline: 0.0; expected metres above 0"),
        ({"color_range": -1.0}, "color_range: -1.0; expected metres above 0"),
        ({"color_range": 9.0, "disparity": True}, "leave one out"),
    ],
)
def test_options_that_do_not_fit(read, options, message):
    with pytest.raises(ConfigError, match=message):
        read(LEVELS, **options)


def test_arrays_of_metres(read):
    depth = np.float32([[0, 2.5, 1], [1, 1, 1]])
    np.testing.assert_array_equal(read(depth, scale=1)[0]["depth_meters"], depth)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -1.0])
def test_what_is_no_depth(read, value):
    (fault,) = faults_of(read(np.float64([[0, 1, 1], [1, value, value]]), scale=1))
    assert_fault(fault, read.path, "pixel [1, 1]", f"depth {value:g} (2 such pixels)", "0 where unknown")


@pytest.mark.parametrize("depth", [LEVELS[:1], np.float32(LEVELS[:1])], ids=["png", "npy"])
def test_another_size(read, depth):
    assert_fault(only_fault_of(read, depth), read.path, "", "3 x 1 px, but its image has 3 x 2")


def only_fault_of(read, depth):
    """Add a sound image, so that the faulty one is not the only one."""
    source = read(LEVELS)
    folder = read.path.parent.parent
    write_image(folder / "images/b.jpg", 2, 3)
    cv2.imwrite(str(folder / "maps/b.png"), LEVELS)
    read.path.unlink()
    del source
    return only_fault(read(depth))


def test_colours(read):
    read(LEVELS)
    write_image(read.path, 2, 3)
    (fault,) = faults_of(DepthMaps(str(read.path.parent.parent / "images"), str(read.path.parent)))
    assert_fault(fault, read.path, "", "holds colours", "of depth")


@pytest.mark.parametrize("scale", [0, -1, float("nan")])
def test_scale_that_is_none(read, scale):
    with pytest.raises(ConfigError, match="scale: .*above 0"):
        read(LEVELS, scale=scale)
