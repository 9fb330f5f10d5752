import numpy as np
import scipy.io

from tests.unit.data.readers.files import assert_fault, raised_fault
from xdomain_keras.data.readers.mat_file import read_mat


def test_variables_are_read(tmp_path):
    scipy.io.savemat(tmp_path / "a.mat", {"x": np.eye(2)})
    assert read_mat(tmp_path / "a.mat")["x"].tolist() == [[1, 0], [0, 1]]


def test_files_that_cannot_be_used(tmp_path):
    path = tmp_path / "a.mat"
    assert_fault(raised_fault(read_mat, str(path)), path, "", "cannot be read")
    path.write_bytes(b"no MATLAB file" * 20)
    assert_fault(raised_fault(read_mat, str(path)), path, "", "no MATLAB file")
    path.write_bytes(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM" + bytes(400))
    assert_fault(raised_fault(read_mat, str(path)), path, "", "MATLAB 7.3", "-v7")
