import unicodedata

import numpy as np
import pytest

from tests.unit.data.readers.files import assert_fault, faults_of, only_fault, raised_fault, write_image
from xdomain_keras.data.images import read_stored
from xdomain_keras.data.labels import INSTANCE_IDS
from xdomain_keras.data.readers.label_files import LabelFiles
from xdomain_keras.errors import ConfigError


class Levels(LabelFiles):
    """Label files that say their size only when read."""

    def read_file_size(self, path):
        return None

    def read_file(self, path):
        return {"instance_ids": read_stored(path)[..., 0].astype(np.int32)}


@pytest.fixture
def read(tmp_path):
    for name in ("images/a.jpg", "images/x/b.jpg", "maps/a.png", "maps/x/b.png"):
        write_image(tmp_path / name)

    def read(files="maps", **options):
        return Levels(str(tmp_path / "images"), str(tmp_path / files), [INSTANCE_IDS], **options)

    read.images, read.maps = tmp_path / "images", tmp_path / "maps"
    return read


def test_stems_meet_through_folders(read):
    source = read()
    assert source.ids == ["a.jpg", "x/b.jpg"] and source.labels.keys() == {"instance_ids"} and faults_of(source) == []
    assert source[1]["instance_ids"].shape == (20, 30)


def test_a_size_that_only_reading_tells(read):
    write_image(read.maps / "a.png", 10, 15)
    source = read()
    assert source.faults == []
    (fault,) = faults_of(source)
    assert_fault(fault, read.maps / "a.png", "", "15 x 10 px, but its image has 30 x 20 (width x height)")


def test_two_files_of_one_stem(read):
    write_image(read.maps / "a.tif")
    assert_fault(only_fault(read()), read.maps / "a.tif", "", "same stem as a.png")


def test_two_images_of_one_stem(read):
    write_image(read.images / "a.png")
    assert_fault(only_fault(read()), read.images / "a.png", "", "shares its labels with a.jpg")


@pytest.mark.parametrize("name", ["caf\u00e9 1", "\ufeffFoto 2 (1)"])
def test_accents_and_spaces_in_names_are_those_of_people(read, name):
    """macOS stores an accent apart from its letter, Linux and Windows do not."""
    write_image(read.images / f"{name}.jpg")
    write_image(read.maps / f"{unicodedata.normalize('NFD', name).lstrip(chr(0xFEFF))}.png")
    source = read()
    assert f"{name}.jpg" in source.ids and faults_of(source) == []


def test_suffixes_are_told_where_a_file_is_missing(read):
    (read.maps / "a.png").unlink()
    assert_fault(only_fault(read()), read.images / "a.jpg", "", "no map a.* (.bmp, .png, .tif, .tiff)")
    fault = only_fault(read("maps/*.png"))
    assert_fault(fault, read.images / "a.jpg", "", "no map a.png in")


def test_maps_as_jpeg_are_named(read):
    (read.maps / "a.png").rename(read.maps / "a.jpg")
    assert_fault(only_fault(read()), read.images / "a.jpg", "", "a.jpg is JPEG", "/*.jpg.")


def test_one_folder_of_both_wants_patterns(read):
    write_image(read.images / "a.png")
    write_image(read.images / "x/b.png")
    with pytest.raises(ConfigError, match=r"holds images and maps; .*images/\*.jpg and .*images/\*.png"):
        read("images")
    source = Levels(str(read.images / "*.jpg"), str(read.images / "*.png"), [INSTANCE_IDS])
    assert source.ids == ["a.jpg", "x/b.jpg"] and faults_of(source) == []


def test_absent_labels_are_absent(read):
    (read.maps / "a.png").unlink()
    assert [sorted(read(missing="absent")[row]) for row in range(2)] == [
        ["id", "image"],
        ["id", "image", "instance_ids"],
    ]
    source = read(missing="absent")
    assert [set(source.labels_of(row)) for row in range(2)] == [set(), {"instance_ids"}]
    assert read(missing="drop").ids == ["x/b.jpg"]


def test_a_choice_that_does_not_exist_and_a_folder(read):
    with pytest.raises(ConfigError, match="unknown missing `ignore`"):
        read(missing="ignore")
    assert_fault(raised_fault(read, "no"), read.maps.parent / "no", "", "cannot be listed")
