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
)
from xdomain_keras.data.readers import Yolo
from xdomain_keras.data.sample import find_faults
from xdomain_keras.errors import ConfigError


@pytest.fixture
def read(tmp_path):
    """Write two images, and the text given as the labels of the first, and read them."""
    write_image(tmp_path / "images/a.jpg", 20, 40)
    write_image(tmp_path / "images/x/b.png", 10, 10)
    (tmp_path / "labels").mkdir()

    def read(text, **options):
        if text is not None:
            (tmp_path / "labels/a.txt").write_text(text)
        options = {"names": ["cat", "dog"], **options}
        return Yolo(str(tmp_path / "images"), str(tmp_path / "labels"), **options)

    read.file = tmp_path / "labels/a.txt"
    read.folder = tmp_path
    return read


def test_relative_boxes_become_pixels(read):
    (read.folder / "labels/x").mkdir()
    (read.folder / "labels/x/b.txt").write_text("0 0.5 0.5 1 1\n")
    source = read("1 0.5 0.5 0.25 0.5\n\n0 0.125 0.25 0.25 0.5\n")
    assert source.ids == ["a.jpg", "x/b.png"] and source.names["boxes"] == ("cat", "dog") and source.faults == []
    sample = source[0]
    assert not find_faults(sample)
    np.testing.assert_array_equal(sample["boxes_xyxy"], [[15, 5, 25, 15], [0, 0, 10, 10]])
    np.testing.assert_array_equal(sample["classes"], [1, 0])
    np.testing.assert_array_equal(source[1]["boxes_xyxy"], [[0, 0, 10, 10]])
    assert faults_of(source) == []


@pytest.mark.parametrize("text", [None, "", "\n"])
def test_image_without_a_box_is_legal(read, text):
    source = read(text)
    assert source.faults == []
    labels = source.read_labels(0)
    assert labels["boxes_xyxy"].shape == (0, 4) and labels["classes"].shape == (0,)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("1 0.5 0.5 0.2", ("4 fields", "expected 5: class cx cy w h")),
        ("1 0.1 0.1 0.2 0.1 0.2 0.2", ("7 fields",)),
        ("dog 0.5 0.5 0.2 0.2", ("class 'dog'", "whole number")),
        ("1.0 0.5 0.5 0.2 0.2", ("class '1.0'", "whole number")),
        ("2 0.5 0.5 0.2 0.2", ("class 2", "0 to 1")),
        ("-1 0.5 0.5 0.2 0.2", ("class -1", "0 to 1")),
        ("1 0.5 x 0.2 0.2", ("cy 'x'", "expected a number")),
        ("1 nan 0.5 0.2 0.2", ("cx nan", "0 to 1")),
        ("1 0.5 0.5 inf 0.2", ("w inf", "0 to 1")),
        ("1 0.5 -0.1 0.2 0.2", ("cy -0.1", "0 to 1")),
        ("1 0.5 0.5 0.2 12", ("h 12", "0 to 1")),
        ("1 0.5 0.5 0 0.2", ("w 0 and h 0.2", "above 0")),
        ("1 0.5 0.5 0.2 -0.001", ("w 0.2 and h -0.001", "above 0")),
        ("1 0.9 0.5 0.3 0.2", ("right edge 1.05 is beyond 1 by 0.05", "0.002 is allowed", "outside: clip")),
        ("1 1.002 0.5 0.003 0.2", ("outside the whole image",)),
    ],
)
def test_faulty_line_is_named_and_left_out(read, line, words):
    source = read(f"0 0.5 0.5 0.2 0.2\n\n{line}\n0 0.5 0.5 0.4 0.4\n")
    assert_fault(only_fault(source), read.file, "line 3", *words)
    assert len(source.read_labels(0)["classes"]) == 2


def test_rounding_over_the_border_passes_and_clip_cuts(read):
    source = read("1 0.5 0.25 1.001 0.501")
    assert source.faults == []
    np.testing.assert_allclose(source.read_labels(0)["boxes_xyxy"], [[-0.02, -0.01, 40.02, 10.01]], rtol=1e-4)
    source = read("1 0.9 0.5 0.3 0.5", outside="clip")
    assert source.faults == []
    np.testing.assert_allclose(source.read_labels(0)["boxes_xyxy"], [[30, 5, 40, 15]], rtol=1e-6)


def test_text_without_an_image(read):
    (read.folder / "labels/z.txt").write_text("0 0.5 0.5 1 1")
    (read.folder / "labels/classes.txt").write_text("cat\ndog")
    words = ("no image z.*", str(read.folder / "images"), "unpaired: drop")
    assert_fault(only_fault(read(None)), read.folder / "labels/z.txt", "", *words)
    assert read(None, unpaired="drop").faults == []


def test_two_images_of_one_text(read):
    write_image(read.folder / "images/a.png")
    fault = only_fault(read("0 0.5 0.5 1 1"))
    assert_fault(fault, read.folder / "images/a.png", "", "shares its labels with a.jpg", "rename")


def test_text_that_is_no_text(read):
    read.file.write_bytes(b"\xff\xfe\x00")
    assert_fault(only_fault(read(None)), read.file, "", "cannot be read", "UTF-8")


def test_damaged_image_is_found_when_decoded(read):
    (read.folder / "images/a.jpg").write_bytes(b"no image")
    (fault,) = faults_of(read("0 0.5 0.5 1 1"))
    assert_fault(fault, read.folder / "images/a.jpg", "", "not an image")


def test_folders_that_are_missing(read):
    fault = raised_fault(Yolo, str(read.folder / "images"), str(read.folder / "no"), ["cat"])
    assert_fault(fault, read.folder / "no", "", "cannot be listed")


@pytest.mark.parametrize("text", ["names: [cat, dog]", "path: .\nnames:\n  1: dog\n  0: cat\n"])
def test_names_from_yaml(read, text):
    (read.folder / "names.yaml").write_text(text)
    assert read(None, names=str(read.folder / "names.yaml")).names["boxes"] == ("cat", "dog")


@pytest.mark.parametrize(
    ("text", "field", "words"),
    [
        ("names: {0: cat, 2: dog}", "names", ("ids 0, 2", "expected 0 to 1")),
        ("train: images", "names", ("None", "list or a mapping")),
        ("names: 80", "names", ("80", "list or a mapping")),
        ("names: []", "names", ("[]", "list or a mapping")),
        ("[1, 2]", "names", ("None", "list or a mapping")),
        ("a: 1\nnames: [cat", "", ("not YAML at line 2, column 12",)),
        (None, "", ("cannot be read", "YAML file with names")),
    ],
)
def test_names_that_cannot_be_used(read, text, field, words):
    path = read.folder / "names.yaml"
    if text is not None:
        path.write_text(text)
    assert_fault(raised_fault(read, None, names=str(path)), path, field, *words)


def test_options_that_cannot_be_used(read):
    with pytest.raises(ConfigError, match="names: empty"):
        read(None, names=[])
    with pytest.raises(ConfigError, match="unknown unpaired `dorp`; did you mean `drop`"):
        read(None, unpaired="dorp")
    with pytest.raises(ConfigError, match="unknown outside `clipped`; did you mean `clip`"):
        read(None, outside="clipped")


@needs_real("coco128")
def test_coco128_has_two_texts_without_an_image():
    folder = REAL / "coco128"
    names = str(folder / "detection.yaml")
    source = Yolo(str(folder / "images"), str(folder / "labels"), names)
    assert len(source) == 256 and len(source.names["boxes"]) == 80
    labels = folder / "labels/train2017"
    assert [fault.file for fault in source.faults] == [str(labels / f"000000000{n}.txt") for n in (656, 659)]
    source = Yolo(str(folder / "images"), str(folder / "labels"), names, unpaired="drop")
    assert sum(len(source.read_labels(index)["classes"]) for index in range(256)) == 1827
    assert faults_of(source) == []
