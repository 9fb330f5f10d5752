import numpy as np
import pytest

from tests.unit.data.readers.files import (
    REAL,
    assert_fault,
    faults_of,
    needs_real,
    only_fault,
    raised_fault,
    write_image,
    write_json,
)
from xdomain_keras.data.readers import FixationList
from xdomain_keras.data.sample import find_faults
from xdomain_keras.errors import ConfigError

GAZE = {"a.png": [[[1, 2], [3.5, 4.5]], [], [[29.9, 19.9]]], "b.jpg": [[[0, 0]]]}


@pytest.fixture
def read(tmp_path):
    write_image(tmp_path / "images/a.png")
    write_image(tmp_path / "images/b.jpg")

    def read(content, **options):
        return FixationList(str(tmp_path / "images"), write_json(tmp_path / "gaze.json", content), **options)

    read.file = tmp_path / "gaze.json"
    read.images = tmp_path / "images"
    return read


def test_points_of_all_viewers_are_joined(read):
    source = read(GAZE)
    assert source.ids == ["a.png", "b.jpg"] and source.labels.keys() == {"fixations"} and source.faults == []
    np.testing.assert_allclose(source[0]["fixations_xy"], [[1, 2], [3.5, 4.5], [29.9, 19.9]])
    assert not find_faults(source[0]) and faults_of(source) == []


def test_viewers_without_a_fixation_are_legal(read):
    source = read({**GAZE, "a.png": [[], []]})
    assert source.faults == [] and source.read_labels(0)["fixations_xy"].shape == (0, 2)


@pytest.mark.parametrize("point", [[30, 5], [5, 20], [-0.1, 5], [5, -1]])
def test_point_outside(read, point):
    gaze = {**GAZE, "a.png": [[[1, 1]], [[2, 2], point, [3, 3]]]}
    source = read(gaze)
    words = (f"{point} is outside the image of 30 x 20 px", "outside: drop")
    assert_fault(only_fault(source), read.file, "a.png[1][1]", *words)
    source = read(gaze, outside="drop")
    assert source.faults == []
    np.testing.assert_array_equal(source.read_labels(0)["fixations_xy"], [[1, 1], [2, 2], [3, 3]])


def test_many_points_outside_are_one_fault_a_viewer(read):
    source = read({**GAZE, "a.png": [[[1, 1], [99, 1], [98, 1], [97, 1]], [[1, 99]]]})
    assert [fault.field for fault in source.faults] == ["a.png[0][1]", "a.png[1][0]"]
    assert "(and 2 more of this viewer)" in source.faults[0].message and "more" not in source.faults[1].message


@pytest.mark.parametrize("point", [[1], [1, 2, 3], 5, "12", None, {"x": 1, "y": 2}, [1, "2"], [float("nan"), 2]])
@pytest.mark.parametrize("outside", ["error", "drop"])
def test_entry_that_is_no_point(read, point, outside):
    source = read({**GAZE, "b.jpg": [[[0, 0]], [[1, 1], point]]}, outside=outside)
    assert_fault(only_fault(source), read.file, "b.jpg[1][1]", "expected [x, y], two finite numbers in pixels")
    assert len(source.read_labels(1)["fixations_xy"]) == 2


def test_nan_is_shown(read):
    fault = only_fault(read({**GAZE, "b.jpg": [[[float("nan"), 2]]]}))
    assert_fault(fault, read.file, "b.jpg[0][0]", "[nan, 2]")


def test_points_without_the_level_of_viewers(read):
    source = read({**GAZE, "b.jpg": [[1, 2], [3, 4]]})
    assert source.faults[0].field == "b.jpg[0][0]" and "1; expected [x, y]" in source.faults[0].message


def test_index_after_a_bad_point_is_that_of_the_file(read):
    source = read({**GAZE, "b.jpg": [[[0, 0], None, [1, 1], [99, 1]]]})
    assert [fault.field for fault in source.faults] == ["b.jpg[0][1]", "b.jpg[0][3]"]
    assert "[99, 1] is outside" in source.faults[1].message


@pytest.mark.parametrize("viewers", [None, 5, "abc", {"viewer": [[1, 2]]}])
def test_viewers_that_are_no_list(read, viewers):
    fault = only_fault(read({**GAZE, "b.jpg": viewers}))
    assert_fault(fault, read.file, "b.jpg", "expected a list of viewers")


@pytest.mark.parametrize("points", [5, None, "x"])
def test_viewer_that_is_no_list(read, points):
    fault = only_fault(read({**GAZE, "b.jpg": [[[1, 2]], points]}))
    assert_fault(fault, read.file, "b.jpg[1]", repr(points), "expected a list of [x, y]")


def test_unknown_image_in_the_list(read):
    source = read({**GAZE, "z.jpg": [[[1, 2]]]})
    assert_fault(only_fault(source), read.file, "z.jpg", "'z.jpg' is not in", str(read.images), "add the image")
    assert source.ids == ["a.png", "b.jpg"]


def test_image_without_an_entry(read):
    source = read({"b.jpg": GAZE["b.jpg"]})
    assert_fault(only_fault(source), read.file, "a.png", "the image has no entry", "add its fixations")
    assert source.ids == ["b.jpg"] and len(source[0]["fixations_xy"]) == 1


def test_image_twice(read):
    source = read('{"a.png": [[[1, 2]]], "b.jpg": [[[1, 2]]], "a.png": [[[3, 4]]]}')
    assert_fault(only_fault(source), read.file, "a.png", "'a.png' comes twice")
    np.testing.assert_array_equal(source.read_labels(0)["fixations_xy"], [[1, 2]])


def test_damaged_image(read):
    (read.images / "a.png").write_bytes(b"no image")
    source = read(GAZE)
    assert_fault(only_fault(source), read.images / "a.png", "", "not an image")
    assert source.ids == ["b.jpg"]


@pytest.mark.parametrize(
    ("content", "field", "words"),
    [
        ("{}", "", ("empty", "one entry an image")),
        ("[]", "", ("empty", "one entry an image")),
        ("[[1, 2]]", "", ("list", "one entry an image")),
        ("5", "", ("int", "one entry an image")),
        ("", "", ("empty file (0 bytes)",)),
        ('{"a.png": [[[1, 2],]]}', "line 1 column", ("not valid JSON",)),
        ('{"z.png": [[[1, 2]]]}', "z.png", ("'z.png' is not in", "No image is left (2 more faults)")),
    ],
)
def test_file_that_cannot_be_used(read, content, field, words):
    fault = raised_fault(read, content)
    assert fault.field.startswith(field) and bool(fault.field) == bool(field)
    assert_fault(fault, read.file, fault.field, *words)


def test_missing_file(read):
    fault = raised_fault(FixationList, str(read.images), str(read.images / "no.json"))
    assert_fault(fault, read.images / "no.json", "", "missing")


def test_unknown_policy(read):
    with pytest.raises(ConfigError, match="unknown outside `dropp`; did you mean `drop`"):
        read(GAZE, outside="dropp")


@needs_real("crowd")
def test_crowd_has_three_points_on_the_border():
    source = FixationList(str(REAL / "crowd/images"), str(REAL / "crowd/fixations.json"))
    assert len(source) == 500
    assert [fault.field for fault in source.faults] == ["393.jpg[6][6]", "408.jpg[5][7]", "440.jpg[6][15]"]
    assert "[328.4, 384.0] is outside the image of 512 x 384 px" in source.faults[0].message
