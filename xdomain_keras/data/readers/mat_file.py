"""Reading of a MATLAB file, with faults that name it."""

from xdomain_keras.data.fault import DataFault


def read_mat(path, **options):
    """Load a .mat file of version 7 or older.

    Args:
        path: of the file.
        **options: of `scipy.io.loadmat`.

    Returns:
        dict of variable → array.

    Raises:
        DataFault: the file is missing, of version 7.3, damaged, or no MATLAB file.

    Example:

    >>> import os, tempfile, scipy.io
    >>> path = os.path.join(tempfile.mkdtemp(), "a.mat")
    >>> scipy.io.savemat(path, {"Boundaries": np.eye(2)})
    >>> read_mat(path)["Boundaries"].shape
    (2, 2)
    """
    import scipy.io

    try:
        return scipy.io.loadmat(path, **options)
    except OSError as error:
        raise DataFault(path, "", f"cannot be read ({error.strerror}); expected a .mat file.") from None
    except NotImplementedError:
        raise DataFault(path, "", "MATLAB 7.3 file; save it again with the option -v7.") from None
    except Exception as error:  # a damaged file raises whatever the parser stumbles over
        reason = str(error).partition("\n")[0]
        raise DataFault(path, "", f"no MATLAB file ({reason}); expected a .mat file.") from None
