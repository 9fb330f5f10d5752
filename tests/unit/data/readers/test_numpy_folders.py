import numpy as np
import pytest

from tests.unit.data.readers.files import assert_fault, faults_of, only_fault, raised_fault
from xdomain_keras.data.readers import NumpyFolders
from xdomain_keras.data.sample import find_faults
from xdomain_keras.errors import ConfigError

NAMES = ["wall", "bed"]


def arrays(number):
    rng = np.random.default_rng(number)
    normals = rng.normal(size=(2, 3, 3))
    normals[0, 0] = 0
    return {
        "image": rng.random((2, 3, 3)),
        "label": np.float64([[0, 1, -1], [1, 1, 0]]),
        "depth": rng.random((2, 3, 1)).astype(np.float32),
        "normal": normals / np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-9),
    }


@pytest.fixture
def folder(tmp_path):
    for number in (0, 2, 10):
        for name, array in arrays(number).items():
            (tmp_path / name).mkdir(exist_ok=True)
            np.save(tmp_path / name / f"{number}.npy", array)
    return tmp_path


def test_the_layout_of_nyuv2(folder):
    source = NumpyFolders(str(folder), names=NAMES)
    assert source.ids == ["0.npy", "2.npy", "10.npy"] and source.names["semantic_ids"] == ("wall", "bed")
    assert source.labels.keys() == {"semantic_ids", "depth", "normals"} and faults_of(source) == []
    sample, wanted = source[2], arrays(10)
    assert not find_faults(sample)
    np.testing.assert_array_equal(sample["image"], np.round(wanted["image"] * 255))
    np.testing.assert_array_equal(sample["semantic_ids"], wanted["label"])
    np.testing.assert_array_equal(sample["depth_meters"], wanted["depth"][..., 0])
    np.testing.assert_allclose(sample["normals"], wanted["normal"], atol=1e-6)


def test_folders_of_other_names(folder):
    (folder / "label").rename(folder / "label_7")
    source = NumpyFolders(str(folder), {"label_7": "semantic_ids", "depth": "depth_meters"})
    assert source.labels.keys() == {"semantic_ids", "depth"} and sorted(source[0])[0] == "depth_meters"
    assert NumpyFolders(str(folder)).labels.keys() == {"depth", "normals"}


def test_bytes_as_images(folder):
    np.save(folder / "image/0.npy", np.full((2, 3, 3), 7, np.uint8))
    assert NumpyFolders(str(folder))[0]["image"].max() == 7


@pytest.mark.parametrize(
    ("name", "array", "field", "words"),
    [
        ("image", np.full((2, 3, 3), 255.0), "", ("float64 from 0 to 255", "floats in [0, 1]")),
        ("image", np.full((2, 3, 3), np.nan), "", ("nan",)),
        ("image", np.zeros((3, 2, 4)), "", ("shape (3, 2, 4)", "[H, W, 3]")),
        ("label", np.float64([[0, 1, 2], [0, 0, 0]]), "pixel [2, 0]", ("class id 2; expected 0 to 1",)),
        ("label", np.full((2, 3), 0.5), "pixel [0, 0]", ("class id 0.5",)),
        ("label", np.full((2, 3), np.nan), "pixel [0, 0]", ("class id nan",)),
        ("label", np.zeros((2, 3, 13)), "", ("shape (2, 3, 13)", "expected 2 axes")),
        ("depth", np.full((2, 3, 1), np.inf), "pixel [0, 0]", ("depth inf (6 such pixels)",)),
        ("depth", np.full((2, 3, 1), -1.0), "pixel [0, 0]", ("depth -1",)),
        ("depth", np.zeros((3, 2, 1)), "", ("2 x 3 px, but its image has 3 x 2",)),
        ("normal", np.full((2, 3, 3), np.nan), "pixel [0, 0]", ("length 1",)),
        ("normal", np.zeros((3, 2, 3)), "", ("2 x 3 px, but its image has 3 x 2",)),
    ],
)
def test_arrays_that_cannot_be_used(folder, name, array, field, words):
    np.save(folder / name / "2.npy", array)
    (fault,) = faults_of(NumpyFolders(str(folder), names=NAMES))
    assert_fault(fault, folder / name / "2.npy", field, *words)


def test_ids_without_names_are_only_whole(folder):
    np.save(folder / "label/2.npy", np.full((2, 3), 99))
    assert faults_of(NumpyFolders(str(folder))) == []


def test_a_label_that_is_missing(folder):
    (folder / "depth/2.npy").unlink()
    assert_fault(only_fault(NumpyFolders(str(folder))), folder / "depth/2.npy", "", "missing", "missing: absent")
    source = NumpyFolders(str(folder), missing="absent")
    assert source.faults == [] and "depth_meters" not in source[1] and "depth_meters" in source[0]
    every = {"semantic_ids", "depth", "normals"}
    assert [set(source.labels_of(row)) for row in range(3)] == [every, every - {"depth"}, every]


def test_a_label_without_an_image(folder):
    (folder / "image/2.npy").unlink()
    source = NumpyFolders(str(folder))
    assert [fault.file for fault in source.faults] == [str(folder / f"{n}/2.npy") for n in ("label", "depth", "normal")]


def test_folders_and_options_that_do_not_exist(folder):
    assert_fault(raised_fault(NumpyFolders, str(folder / "no")), folder / "no/image", "", "cannot be listed")
    fault = raised_fault(NumpyFolders, str(folder), {"labels": "semantic_ids"})
    assert_fault(fault, folder / "labels", "", "cannot be listed")
    (folder / "empty").mkdir()
    fault = raised_fault(NumpyFolders, str(folder), {"empty": "semantic_ids"}, missing="absent")
    assert_fault(fault, folder / "empty", "", "no file has the name of an image, as 0.npy")
    with pytest.raises(ConfigError, match="labels: unknown sample key `depth_metres`; did you mean `depth_meters`"):
        NumpyFolders(str(folder), {"depth": "depth_metres"})
