import numpy as np

from tests.unit.data.readers.files import assert_fault, raised_fault
from xdomain_keras.data.readers.npy_file import read_npy


def test_arrays_are_read(tmp_path):
    np.save(tmp_path / "0.npy", np.arange(6).reshape(2, 3))
    assert read_npy(tmp_path / "0.npy").tolist() == [[0, 1, 2], [3, 4, 5]]
    assert read_npy(tmp_path / "0.npy", mmap_mode="r").shape == (2, 3)


def test_files_that_cannot_be_used(tmp_path):
    path = tmp_path / "0.npy"
    assert_fault(raised_fault(read_npy, str(path)), path, "", "missing")
    path.write_bytes(b"")
    assert_fault(raised_fault(read_npy, str(path)), path, "", "cannot be read", ".npy file of numbers")
    np.save(path, np.zeros((8, 8)))
    path.write_bytes(path.read_bytes()[:-9])
    assert_fault(raised_fault(read_npy, str(path)), path, "", "cannot be read")
    np.save(path, np.array(["a"]))
    assert_fault(raised_fault(read_npy, str(path)), path, "", "<U1", "expected numbers")


def test_pickles_are_not_run(tmp_path):
    np.save(tmp_path / "0.npy", np.array([{"a": 1}], object), allow_pickle=True)
    assert_fault(raised_fault(read_npy, str(tmp_path / "0.npy")), tmp_path / "0.npy", "", "allow_pickle=False")
