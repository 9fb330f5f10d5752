import numpy as np

from tests.unit.data.readers.files import assert_fault, faults_of, raised_fault, write_image
from xdomain_keras.data.readers import READERS, ImageFolder
from xdomain_keras.data.readers.image_folder import list_files
from xdomain_keras.data.sample import find_faults


def test_files_are_listed_in_order_through_folders(tmp_path):
    for name in ("b.JPG", "x/a.jpg", "x/y/c.jpg", "a.jpg", ".hidden.jpg", ".cache/d.jpg", "note.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert list_files(tmp_path, (".jpg",)) == ["a.jpg", "b.JPG", "x/a.jpg", "x/y/c.jpg"]
    assert list_files(tmp_path) == ["a.jpg", "b.JPG", "note.txt", "x/a.jpg", "x/y/c.jpg"]


def test_samples_hold_the_images(tmp_path):
    expected = {name: write_image(tmp_path / name, seed=seed) for seed, name in enumerate(("b.png", "x/a.png"))}
    source = ImageFolder(str(tmp_path))
    assert source.ids == ["b.png", "x/a.png"] and source.labels == {}
    for index, name in enumerate(source.ids):
        sample = source[index]
        assert sorted(sample) == ["id", "image"] and sample["id"] == name and not find_faults(sample)
        np.testing.assert_array_equal(sample["image"], expected[name])
        assert source.read_image_size(index) == (20, 30)


def test_missing_and_empty_folders_are_faults(tmp_path):
    assert_fault(raised_fault(ImageFolder, str(tmp_path / "no")), tmp_path / "no", "", "cannot be listed", "folder")
    assert_fault(raised_fault(ImageFolder, str(tmp_path)), tmp_path, "", "no image in this folder", ".jpg")


def test_check_names_damaged_files(tmp_path):
    write_image(tmp_path / "a.jpg")
    write_image(tmp_path / "b.jpg")
    (tmp_path / "b.jpg").write_bytes((tmp_path / "a.jpg").read_bytes()[:200])
    source = ImageFolder(str(tmp_path))
    assert source.faults == []
    (fault,) = faults_of(source)
    assert_fault(fault, tmp_path / "b.jpg", "", "JPEG cut off")


def test_readers_are_listed_by_name():
    assert list(READERS) == sorted(READERS) and len(set(READERS.values())) == len(READERS)
