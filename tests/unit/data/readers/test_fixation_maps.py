import cv2
import numpy as np
import pytest

from tests.unit.data.readers.files import assert_fault, faults_of, only_fault, raised_fault, write_image
from xdomain_keras.data.readers import FixationMaps
from xdomain_keras.data.sample import find_faults
from xdomain_keras.errors import ConfigError


def write_map(path, dtype=np.uint8, size=(20, 30), **pixels):
    levels = np.zeros(size, dtype)
    for place, value in pixels.items():
        levels[tuple(int(part) for part in place[1:].split("_"))] = value
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), levels)


@pytest.fixture
def read(tmp_path):
    """Two images, the first with a map."""
    write_image(tmp_path / "images/a.jpg")
    write_image(tmp_path / "images/x/b.jpg")
    write_map(tmp_path / "maps/a.png", p3_7=255, p19_29=1)

    def read(**options):
        return FixationMaps(str(tmp_path / "images"), str(tmp_path / "maps"), **options)

    read.images, read.maps = tmp_path / "images", tmp_path / "maps"
    return read


def test_pixels_above_zero_are_points_at_their_centres(read):
    write_map(read.maps / "x/b.png", p0_0=9)
    source = read()
    assert source.ids == ["a.jpg", "x/b.jpg"] and source.labels.keys() == {"fixations"} and source.faults == []
    np.testing.assert_array_equal(source[0]["fixations_xy"], [[7.5, 3.5], [29.5, 19.5]])
    np.testing.assert_array_equal(source[1]["fixations_xy"], [[0.5, 0.5]])
    assert not find_faults(source[0]) and faults_of(source) == []


@pytest.mark.parametrize(("dtype", "level"), [(np.uint8, 51), (np.uint16, 13107)])
def test_density_is_relative_to_the_depth(read, dtype, level):
    write_map(read.maps / "a.png", dtype, p3_7=level)
    write_map(read.maps / "x/b.png", dtype)
    source = read(kind="density")
    sample = source[0]
    assert source.labels.keys() == {"saliency_map"} and not find_faults(sample)
    assert sample["saliency_map"].shape == (20, 30)
    np.testing.assert_allclose(sample["saliency_map"][3, 7], 0.2, rtol=1e-6)
    assert sample["saliency_map"].sum() == sample["saliency_map"][3, 7]


def test_image_without_a_map(read):
    source = read()
    assert_fault(only_fault(source), read.images / "x/b.jpg", "", "no map x/b.*", str(read.maps), ".png")
    assert source.ids == ["a.jpg"]


def test_points_are_not_read_from_jpeg(read):
    write_map(read.maps / "x/b.jpg")
    assert_fault(only_fault(read()), read.images / "x/b.jpg", "", "no map x/b.*")
    assert read(kind="density").faults == []


def test_map_without_an_image(read):
    write_map(read.maps / "x/b.png")
    write_map(read.maps / "z.png")
    assert_fault(only_fault(read()), read.maps / "z.png", "", "no image z.*", str(read.images), "remove the map")


def test_two_maps_of_one_image(read):
    write_map(read.maps / "x/b.bmp")
    write_map(read.maps / "x/b.png")
    assert_fault(only_fault(read()), read.maps / "x/b.png", "", "same stem as x/b.bmp")


def test_map_of_another_size(read):
    write_map(read.maps / "x/b.png", size=(10, 15))
    source = read()
    words = ("15 x 10 px", "its image has 30 x 20", "in the size of the image")
    assert_fault(only_fault(source), read.maps / "x/b.png", "", *words)
    assert source.ids == ["a.jpg"]


def test_map_that_is_no_image(read):
    (read.maps / "x").mkdir()
    (read.maps / "x/b.png").write_bytes(b"no image")
    assert_fault(only_fault(read()), read.maps / "x/b.png", "", "not an image")


def test_cut_map_is_found_when_decoded(read):
    write_map(read.maps / "x/b.png")
    (read.maps / "x/b.png").write_bytes((read.maps / "x/b.png").read_bytes()[:-6])
    source = read()
    assert source.faults == []
    (fault,) = faults_of(source)
    assert_fault(fault, read.maps / "x/b.png", "", "PNG cut off")


def test_density_of_floats(read):
    write_map(read.maps / "a.tiff", np.float32)
    (read.maps / "a.png").unlink()
    fault = raised_fault(read(kind="density").read_labels, 0)
    assert_fault(fault, read.maps / "a.tiff", "", "float32", "8 or 16 bits")


def test_no_map_at_all(read):
    (read.maps / "a.png").unlink()
    fault = raised_fault(read)
    assert_fault(fault, read.images / "a.jpg", "", "no map a.*", "No image is left (1 more faults)")


def test_folder_and_kind_that_do_not_exist(read):
    fault = raised_fault(FixationMaps, str(read.images), str(read.maps / "no"))
    assert_fault(fault, read.maps / "no", "", "cannot be listed")
    with pytest.raises(ConfigError, match="unknown kind `point`; did you mean `points`"):
        read(kind="point")
