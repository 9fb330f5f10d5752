"""Reader of BSDS500: boundaries as several people drew them."""

import os

import numpy as np

from xdomain_keras.data.readers.label_files import LabelFiles
from xdomain_keras.data.readers.mat_file import read_mat
from xdomain_keras.data.source import DataFault
from xdomain_keras.errors import ConfigError


class BSDS(LabelFiles):
    """BSDS500 in its official layout (Arbeláez et al. 2011): `images/SPLIT/*.jpg`, `groundTruth/SPLIT/*.mat`.

    `boundaries` holds every annotator's lines, that metrics read. `edges`, to learn from, is 1 where enough of the
    annotators drew a pixel, 255 (ignored) where fewer did, 0 where nobody did. People seldom meet in a pixel: a
    third of them is 1.7% of the pixels, as much as one of them draws, and half of them (Xie & Tu 2015) 0.6%.

    Args:
        folder: path of the folder that holds `images` and `groundTruth`.
        split: `train`, `val` or `test`.
        consensus: least part of the annotators, above 0 and up to 1.

    Raises:
        ConfigError: `consensus` is no part.
        DataError: a folder cannot be read, or no image has a .mat file.

    Example:

    >>> import os, tempfile, cv2, scipy.io
    >>> folder = tempfile.mkdtemp()
    >>> os.makedirs(f"{folder}/images/train"), os.makedirs(f"{folder}/groundTruth/train")
    (None, None)
    >>> _ = cv2.imwrite(f"{folder}/images/train/a.jpg", np.zeros((1, 3, 3), np.uint8))
    >>> people = np.empty((1, 2), object)
    >>> people[0, 0], people[0, 1] = {"Boundaries": np.uint8([[1, 1, 0]])}, {"Boundaries": np.uint8([[1, 0, 0]])}
    >>> scipy.io.savemat(f"{folder}/groundTruth/train/a.mat", {"groundTruth": people})
    >>> sample = BSDS(folder, "train", consensus=0.6)[0]
    >>> sample["edges"], sample["boundaries"].shape
    (array([[  1, 255,   0]], dtype=uint8), (1, 3, 2))
    """

    def __init__(self, folder: str, split: str = "train", consensus: float = 1 / 3):
        if not 0 < consensus <= 1:
            raise ConfigError(f"consensus: {consensus}; expected a part of the annotators, above 0 and up to 1.")
        self.consensus = consensus
        images, truth = (os.path.join(folder, part, split) for part in ("images", "groundTruth"))
        super().__init__(images, truth, ("edges", "boundaries"), (".mat",))

    def read_file_size(self, path):
        return None

    def read_file(self, path):
        people = read_mat(path).get("groundTruth")
        if people is None or not people.size:
            raise DataFault(path, "groundTruth", "missing or empty; expected a cell array, one cell an annotator.")
        drawn = []
        for row, person in enumerate(people.reshape(-1)):
            field = f"groundTruth{{{row + 1}}}.Boundaries"
            fields = getattr(getattr(person, "dtype", None), "names", None) or ()
            lines = person["Boundaries"].item() if "Boundaries" in fields and person.size == 1 else None
            if not isinstance(lines, np.ndarray) or lines.ndim != 2 or lines.dtype.kind not in "biuf":
                raise DataFault(path, field, "missing; expected a matrix of 0 and 1.")
            if drawn and lines.shape != drawn[0].shape:
                raise DataFault(path, field, f"shape {lines.shape}; the first annotator's has {drawn[0].shape}.")
            drawn.append(lines > 0)
        boundaries = np.stack(drawn, axis=-1).astype(np.uint8)
        votes = boundaries.mean(axis=-1)
        edges = np.where(votes >= self.consensus - 1e-9, 1, np.where(votes > 0, 255, 0)).astype(np.uint8)
        return {"edges": edges, "boundaries": boundaries}
