import pickle

import h5py
import numpy as np
import pytest
import scipy.io

from tests.unit.data.readers.files import assert_fault, faults_of, raised_fault
from xdomain_keras.data.readers import NYUMat
from xdomain_keras.data.sample import find_faults
from xdomain_keras.errors import ConfigError

COUNT, HEIGHT, WIDTH = 4, 3, 5


def content():
    """As the published file looks from Python: width before height."""
    rng = np.random.default_rng(0)
    return {
        "images": rng.integers(0, 256, (COUNT, 3, WIDTH, HEIGHT), np.uint8),
        "depths": rng.uniform(0.7, 9, (COUNT, WIDTH, HEIGHT)).astype(np.float32),
        "labels": rng.integers(0, 6, (COUNT, WIDTH, HEIGHT), np.uint16),
    }


@pytest.fixture
def read(tmp_path):
    def read(changes=(), **options):
        read.file.unlink(missing_ok=True)  # the reader before may still have it open
        read.arrays = {**content(), **dict(changes)}
        with h5py.File(read.file, "w") as file:
            for name, array in read.arrays.items():
                if array is not None:
                    file[name] = array
        return NYUMat(str(read.file), **options)

    read.file, read.folder = tmp_path / "nyu.mat", tmp_path
    return read


def write_tables(folder):
    """5 → 3 → 2 classes and a split, in the variables of the published files."""
    scipy.io.savemat(folder / "40.mat", {"mapClass": np.float64([[1, 2, 3, 3, 0]]), "className": "x"})
    scipy.io.savemat(folder / "13.mat", {"classMapping13": {"labels13": np.float64([[2, 1, 2]]), "labels13name": "x"}})
    scipy.io.savemat(folder / "splits.mat", {"trainNdxs": np.uint16([[1], [3]]), "testNdxs": np.uint16([[2], [4]])})
    return [str(folder / "40.mat"), str(folder / "13.mat")]


def test_axes_are_turned(read):
    source = read()
    sample = source[1]
    assert source.ids == ["1", "2", "3", "4"] and not find_faults(sample) and faults_of(source) == []
    assert sample["image"].shape == (HEIGHT, WIDTH, 3)
    assert sample["image"][2, 4, 1] == read.arrays["images"][1, 1, 4, 2]
    assert sample["depth_meters"][2, 4] == read.arrays["depths"][1, 4, 2]
    np.testing.assert_array_equal(sample["semantic_ids"], read.arrays["labels"][1].T.astype(int) - 1)


def test_tables_are_joined_and_splits_count_from_one(read):
    options = {"classes": write_tables(read.folder), "splits": str(read.folder / "splits.mat"), "names": ["a", "b"]}
    source = read(split="test", **options)
    assert source.ids == ["2", "4"] and source.names["semantic_ids"] == ("a", "b")
    table = np.array([-1, 1, 0, 1, 1, -1])
    np.testing.assert_array_equal(source[1]["semantic_ids"], table[read.arrays["labels"][3].T])


@pytest.mark.parametrize("form", ["list", "yaml"])
def test_a_table_as_numbers(read, form):
    (read.folder / "classes.yaml").write_text("classes: [1, 0, 2, 2, 1]")
    classes = [1, 0, 2, 2, 1] if form == "list" else str(read.folder / "classes.yaml")
    table = np.array([-1, 0, -1, 1, 1, 0])
    source = read(classes=classes)
    np.testing.assert_array_equal(source[0]["semantic_ids"], table[read.arrays["labels"][0].T])


def test_it_can_go_to_another_process(read):
    source = read()
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(source))[2]["image"], source[2]["image"])


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"depths": None}, "depths", ("missing; the file has images, labels",)),
        ({"depths": np.zeros((COUNT, HEIGHT, WIDTH))}, "depths", ("shape (4, 3, 5)", "[N, W, H]")),
        ({"images": np.zeros((COUNT, WIDTH, HEIGHT))}, "images", ("shape (4, 5, 3)",)),
    ],
)
def test_arrays_that_do_not_fit(read, changes, field, words):
    assert_fault(raised_fault(read, changes), read.file, field, *words)


def test_depth_and_classes_out_of_range(read):
    depths, labels = content()["depths"], content()["labels"]
    depths[2, 1, 0], labels[1, 0, 0] = np.nan, 9
    first, second = faults_of(read({"depths": depths, "labels": labels}, classes=[1, 2, 3, 4, 5]))
    assert_fault(first, read.file, "labels[1]", "class 9; expected 0 to 5")
    assert_fault(second, read.file, "depths[2], pixel [1, 0]", "depth nan")


def test_tables_that_cannot_be_used(read):
    first, second = write_tables(read.folder)
    fault = raised_fault(read, classes=[first, second], names=["a"])
    assert_fault(fault, read.file, "classes", "leads to class 2, but there are 1 names")
    scipy.io.savemat(second, {"classMapping13": {"labels13": np.float64([[2, 1]])}})
    assert_fault(raised_fault(read, classes=[first, second]), second, "", "maps 2 classes", "leads to 3")
    scipy.io.savemat(second, {"other": 1})
    assert_fault(raised_fault(read, classes=second), second, "", "no mapping", "mapClass")
    (read.folder / "c.yaml").write_text("classes: [1, bed]")
    fault = raised_fault(read, classes=str(read.folder / "c.yaml"))
    assert_fault(fault, read.folder / "c.yaml", "classes", "'bed'; expected whole numbers")
    with pytest.raises(ConfigError, match="classes: .*whole numbers, or paths"):
        read(classes=[1, "a.mat"])


def test_splits_that_cannot_be_used(read):
    splits = read.folder / "splits.mat"
    scipy.io.savemat(splits, {"trainNdxs": np.uint16([[1], [5]])})
    assert_fault(raised_fault(read, splits=str(splits)), splits, "trainNdxs", "image 5", "has 1 to 4")
    assert_fault(raised_fault(read, splits=str(splits), split="test"), splits, "testNdxs", "missing or empty")
    with pytest.raises(ConfigError, match="unknown split `val`"):
        read(split="val")


def test_files_that_cannot_be_read(read):
    assert_fault(raised_fault(NYUMat, str(read.file)), read.file, "", "missing; expected nyu_depth_v2_labeled.mat")
    read.file.write_bytes(b"no HDF5 file" * 50)
    assert_fault(raised_fault(NYUMat, str(read.file)), read.file, "", "cannot be read", "MATLAB 7.3")
