import numpy as np
import pytest
import scipy.io

from tests.unit.data.readers.files import (
    REAL,
    assert_fault,
    faults_of,
    needs_real,
    only_fault,
    raised_fault,
    write_image,
)
from xdomain_keras.data.readers import FixationMat
from xdomain_keras.data.sample import find_faults


def viewer(x, y):
    return {"fix_x": x, "fix_y": y, "fix_duration": x}


def gaze(b=(([5.0], [6.0]),)):
    """Fixations as a cell array of structs: three viewers on a.png, those given on b.jpg."""
    return [
        {"img": "a.png", "subjects": [viewer([1.5, 2], [3, 4]), viewer([], []), viewer([29], [19])]},
        {"img": "b.jpg", "subjects": [viewer(*points) for points in b]},
    ]


@pytest.fixture
def read(tmp_path):
    write_image(tmp_path / "images/a.png")
    write_image(tmp_path / "images/b.jpg")

    def read(fixations, key="fixations", **options):
        scipy.io.savemat(tmp_path / "gaze.mat", {key: fixations})
        return FixationMat(str(tmp_path / "images"), str(tmp_path / "gaze.mat"), **options)

    read.file = tmp_path / "gaze.mat"
    read.images = tmp_path / "images"
    return read


def test_points_of_all_viewers_are_joined(read):
    source = read(gaze())
    assert source.ids == ["a.png", "b.jpg"] and source.faults == []
    np.testing.assert_allclose(source[0]["fixations_xy"], [[1.5, 3], [2, 4], [29, 19]])
    np.testing.assert_allclose(source[1]["fixations_xy"], [[5, 6]])
    assert not find_faults(source[0]) and not find_faults(source[1])


def test_point_outside(read):
    source = read(gaze([([1, 2], [1, 2]), ([1, 40.5], [1, 2])]))
    words = ("[40.5, 2] is outside the image of 30 x 20 px", "outside: drop")
    assert_fault(only_fault(source), read.file, "fixations[1].subjects[1].fix_x[1]", *words)
    source = read(gaze([([1, 2], [1, 2]), ([1, 40.5], [1, 2])]), outside="drop")
    assert source.faults == [] and len(source.read_labels(1)["fixations_xy"]) == 3


def test_nan(read):
    fault = only_fault(read(gaze([([1, np.nan], [1.0, 2.0])])))
    assert_fault(fault, read.file, "fixations[1].subjects[0].fix_x[1]", "[nan, 2.0]", "two finite numbers")


def test_coordinates_that_do_not_pair(read):
    fault = only_fault(read(gaze([([1, 2, 3], [1, 2])])))
    assert_fault(fault, read.file, "fixations[1].subjects[0]", "fix_x has 3 values and fix_y 2", "pairs")


def test_coordinates_missing(read):
    content = gaze()
    del content[1]["subjects"][0]["fix_y"]
    fault = only_fault(read(content))
    assert_fault(fault, read.file, "fixations[1].subjects[0]", "fix_x or fix_y is missing")


def test_unknown_image_and_image_without_an_entry(read):
    content = gaze()
    content[1]["img"] = "z.jpg"
    source = read(content)
    assert_fault(source.faults[0], read.file, "fixations[1].img", "'z.jpg' is not in", str(read.images))
    assert_fault(source.faults[1], read.file, "b.jpg", "the image has no entry")
    assert source.ids == ["a.png"] and len(source.faults) == 2


def test_image_twice_and_name_that_is_none(read):
    source = read([*gaze(), gaze()[0], {"img": 7, "subjects": []}])
    assert_fault(source.faults[0], read.file, "fixations[2].img", "'a.png' comes twice")
    assert_fault(source.faults[1], read.file, "fixations[3].img", "7; expected a file name")


def test_variable_of_another_name(read):
    assert_fault(raised_fault(read, gaze(), key="gaze"), read.file, "fixations", "missing or empty")
    assert_fault(raised_fault(read, [1.0, 2.0]), read.file, "fixations", "missing or empty")


def test_file_that_cannot_be_read(read):
    arguments = str(read.images), str(read.file)
    assert_fault(raised_fault(FixationMat, *arguments), read.file, "", "cannot be read", "expected a .mat file")
    read.file.write_bytes(b"")
    assert_fault(raised_fault(FixationMat, *arguments), read.file, "", "no MATLAB file")
    read.file.write_bytes(b"some text that is no MATLAB file" * 20)
    assert_fault(raised_fault(FixationMat, *arguments), read.file, "", "no MATLAB file")
    read.file.write_bytes(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM" + bytes(400))
    assert_fault(raised_fault(FixationMat, *arguments), read.file, "", "MATLAB 7.3", "-v7")


def test_cut_file(read):
    read(gaze())
    read.file.write_bytes(read.file.read_bytes()[:900])
    fault = raised_fault(FixationMat, str(read.images), str(read.file))
    assert fault.file == str(read.file)


@needs_real("osie")
def test_osie_is_sound():
    source = FixationMat(str(REAL / "osie/stimuli"), str(REAL / "osie/eye/fixations.mat"))
    assert len(source) == 700 and source.faults == [] and source.ids[0] == "1001.jpg"
    points = [source.read_labels(index)["fixations_xy"] for index in range(len(source))]
    assert sum(map(len, points)) == 98321
    np.testing.assert_allclose(points[0][0][0], 395.5)
    assert faults_of(source) == []
