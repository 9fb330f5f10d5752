"""The samples of a source that can be read."""

from concurrent.futures import ThreadPoolExecutor

from xdomain_keras.data.fault import DataFault
from xdomain_keras.data.wrapper import Selected


class Readable(Selected):
    """The samples of another source that can be read; the others are among its faults.

    Readers leave annotations with a fault out by themselves.

    Args:
        source: `Source`.
        threads: that decode.

    Raises:
        DataFault: none can be read.

    Example:

    >>> from xdomain_keras.data import Arrays
    >>> images = [np.zeros((2, 2, 3), np.uint8), np.zeros((2, 2), np.uint8)]
    >>> source = Readable(Arrays({"id": ["good", "grey"], "image": images}))
    >>> source.ids, len(source.faults)
    (['good'], 1)
    """

    def __init__(self, source, threads=2):
        with ThreadPoolExecutor(threads) as pool:
            faults = list(pool.map(lambda index: find_fault(source, index), range(len(source))))
        kept = [index for index, fault in enumerate(faults) if fault is None]
        if not kept:
            raise DataFault(faults[0].file, faults[0].field, f"{faults[0].message} No image is left.")
        super().__init__(source, kept)
        self.faults = [*source.faults, *(fault for fault in faults if fault)]


def find_fault(source, index):
    """The `Fault` that reading one sample meets, or None."""
    try:
        source[index]
    except DataFault as error:
        return error.fault
    return None
