import cv2
import numpy as np
import pytest

from tests.unit.data.readers.files import assert_fault, faults_of, write_image
from xdomain_keras.data.readers import NormalMaps
from xdomain_keras.data.sample import find_faults
from xdomain_keras.errors import ConfigError

NORMALS = np.float32([[[0, 0, -1], [1, 0, 0], [0, 0, 0]], [[0, -0.6, -0.8], [0.6, 0.8, 0], [0, 0, 1]]])


@pytest.fixture
def read(tmp_path):
    write_image(tmp_path / "images/a.jpg", 2, 3)
    (tmp_path / "maps").mkdir()

    def read(array, **options):
        if array.dtype.kind == "u":
            read.path = tmp_path / "maps/a.png"
            cv2.imwrite(str(read.path), array[..., ::-1] if array.ndim == 3 else array)
        else:
            read.path = tmp_path / "maps/a.npy"
            np.save(read.path, array)
        return NormalMaps(str(tmp_path / "images"), str(tmp_path / "maps"), **options)

    return read


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.uint8, 0.01), (np.uint16, 1e-4)])
def test_colours_become_vectors(read, dtype, tolerance):
    colors = ((NORMALS + 1) / 2 * np.iinfo(dtype).max + 0.5).astype(dtype)
    colors[0, 2] = 0  # unknown
    source = read(colors)
    assert source.labels.keys() == {"normals"} and faults_of(source) == [] and not find_faults(source[0])
    np.testing.assert_allclose(source[0]["normals"], NORMALS, atol=tolerance)
    lengths = np.linalg.norm(source[0]["normals"], axis=-1)
    np.testing.assert_allclose(lengths, [[1, 1, 0], [1, 1, 1]], atol=1e-6)


def test_the_middle_grey_is_unknown_too(read):
    assert not read(np.full((2, 3, 3), 128, np.uint8))[0]["normals"].any()


def test_vectors_are_turned_and_scaled(read):
    source = read(0.97 * NORMALS, axes=[1, -1, -1])
    np.testing.assert_allclose(source[0]["normals"], NORMALS * [1, -1, -1], atol=1e-6)


@pytest.mark.parametrize(
    ("array", "field", "words"),
    [
        (np.where(NORMALS == 1, np.nan, NORMALS), "pixel [1, 0]", ("[nan, 0.0, 0.0] (2 such pixels)", "length 1")),
        (NORMALS * 255, "pixel [0, 0]", ("-255", "length 1, or 0 where unknown")),
        (NORMALS * 0.5, "", ("100% of the vectors", "not of length 1", "0.50 at the median")),
        ((NORMALS + 1) / 2, "", ("not of length 1", "expected that, as 2 n - 1 makes of (n + 1) / 2")),
        (np.tile(NORMALS[1, 2], (2, 3, 1)), "", ("100% of the normals face away", "z > 0", "axes, as [1, -1, -1]")),
        (NORMALS[..., :2], "", ("shape (2, 3, 2)", "3 axes, 3 along the last")),
        (np.zeros((2, 3), np.uint8), "", ("uint8 of rank 2", "expected colours")),
    ],
)
def test_what_are_no_normals(read, array, field, words):
    (fault,) = faults_of(read(array))
    assert_fault(fault, read.path, field, *words)


@pytest.mark.parametrize("axes", [[1, 1], [1, 1, 2]])
def test_axes_that_are_none(read, axes):
    with pytest.raises(ConfigError, match="axes: .*three factors of 1 or -1"):
        read(NORMALS, axes=axes)
