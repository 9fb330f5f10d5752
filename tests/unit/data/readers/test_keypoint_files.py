import cv2
import numpy as np
import pytest

from xdomain_keras.data.readers import KeypointFiles
from xdomain_keras.errors import ConfigError, DataError

NAMES = ["left_eye", "right_eye", "nose"]
POINTS = np.array([[1.5, 2.0, 0.4, 2], [4.0, 2.5, 0.5, 1], [np.nan, 0, 0, 0]])


@pytest.fixture
def read(tmp_path):
    """Callable that writes one image of 6 x 4 pixels and its file, and reads them."""

    def make(name, content, names=NAMES):
        assert cv2.imwrite(str(tmp_path / "a.png"), np.zeros((4, 6, 3), np.uint8))
        if isinstance(content, str):
            (tmp_path / name).write_text(content)
        else:
            np.save(tmp_path / name, content)
        return KeypointFiles(str(tmp_path), str(tmp_path), names)

    return make


def test_rows_of_four_say_what_is_known(read):
    points = read("a.npy", POINTS)[0]["keypoints"]
    assert points.dtype == np.float32
    np.testing.assert_allclose(points, np.nan_to_num(POINTS), rtol=1e-6)


def test_text_and_shorter_rows(read):
    points = read("a.txt", "1 2\n3 2.5\n\n5.9 0\n")[0]["keypoints"]
    np.testing.assert_allclose(points, [[1, 2, 0, 2], [3, 2.5, 0, 2], [5.9, 0, 0, 2]], rtol=1e-6)


def test_a_pts_file_counts_from_1(read):
    points = read("a.pts", "version: 1\nn_points:  3\n{\n1.0 1.0\n6.0 4.0\n2.5 2\n}\n")[0]["keypoints"]
    np.testing.assert_allclose(points[:, :2], [[0.5, 0.5], [5.5, 3.5], [2, 1.5]])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.npy", POINTS[:2], r"a.npy: shape \(2, 4\); expected 3 rows of 2 to 4 numbers, one row per name"),
        ("a.npy", POINTS * [1, 2, 1, 1], r"keypoint 1 \(left_eye\): \[1.5, 4.0, 0.4, 2.0\]; expected a place within"),
        ("a.npy", POINTS + [0, 0, np.inf, 0], "a finite depth; correct it, or give it visibility 0"),
        ("a.npy", POINTS + [0, 0, 0, 1], r"keypoint 3 \(nose\): \[nan, 0.0, 0.0, 1.0\]"),
        ("a.txt", "1 2\n3\n", "a.txt: cannot be read .*expected a row of numbers per keypoint"),
        ("a.npy", np.array(["x"]), "a.npy: holds <U1; expected numbers"),
    ],
)
def test_faults_are_named(read, name, content, message):
    source = read(name, content)
    with pytest.raises(DataError, match=message):
        source[0]


def test_names_are_needed(read):
    with pytest.raises(ConfigError, match="names: none"):
        read("a.npy", POINTS, names=[])
