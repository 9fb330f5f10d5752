"""Reading of a .npy file, with faults that name it."""

import numpy as np

from xdomain_keras.data.fault import DataFault


def read_npy(path, mmap_mode=None):
    """Load the array of numbers in a .npy file; pickles are refused, since they can run code.

    Args:
        path: of the file.
        mmap_mode: as in `numpy.load`; `"r"` reads the header and leaves the rest on disk.

    Returns:
        Array of numbers.

    Raises:
        DataFault: missing, damaged, or no array of numbers.

    Example:

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "0.npy")
    >>> np.save(path, np.eye(2))
    >>> read_npy(path).shape
    (2, 2)
    """
    try:
        array = np.load(path, mmap_mode=mmap_mode, allow_pickle=False)
    except FileNotFoundError:
        raise DataFault(path, "", "missing; expected a .npy file.") from None
    except Exception as error:  # a damaged header raises whatever the parser stumbles over
        reason = str(error).partition("\n")[0]
        raise DataFault(
            path, "", f"cannot be read ({reason}); expected a .npy file of numbers: save it again."
        ) from None
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "biuf":
        raise DataFault(path, "", f"holds {getattr(array, 'dtype', 'several arrays')}; expected numbers.")
    return array
