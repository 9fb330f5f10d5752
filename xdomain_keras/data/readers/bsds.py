"""Reader of BSDS500: boundaries and regions as several people drew them."""

import os

import numpy as np

from xdomain_keras.data.fault import DataFault
from xdomain_keras.data.labels import EDGES, REGIONS
from xdomain_keras.data.readers.label_files import LabelFiles
from xdomain_keras.data.readers.mat_file import read_mat
from xdomain_keras.errors import ConfigError


class BSDS(LabelFiles):
    """BSDS500 in its official layout (Arbeláez et al. 2011): `images/SPLIT/*.jpg`, `groundTruth/SPLIT/*.mat`.

    `boundaries` and `regions` hold every annotator's lines and segments. `edges`, to learn lines from, is 1 where
    enough annotators drew a pixel, 255 (ignored) where fewer did, 0 where nobody did. People seldom meet in a pixel: a
    third of them is 1.7% of the pixels, as much as one of them draws, and half of them (Xie & Tu 2015) 0.6%.

    Args:
        folder: path of the folder that holds `images` and `groundTruth`.
        split: `train`, `val` or `test`.
        consensus: least part of the annotators, above 0 and up to 1.

    Raises:
        ConfigError: `consensus` is out of its range.
        DataError: a folder cannot be read, or no image has a .mat file.

    Example:

    >>> import os, tempfile, cv2, scipy.io
    >>> folder = tempfile.mkdtemp()
    >>> os.makedirs(f"{folder}/images/train"), os.makedirs(f"{folder}/groundTruth/train")
    (None, None)
    >>> _ = cv2.imwrite(f"{folder}/images/train/a.jpg", np.zeros((1, 3, 3), np.uint8))
    >>> people = np.empty((1, 2), object)
    >>> for column, lines in enumerate(([[1, 1, 0]], [[1, 0, 0]])):
    ...     people[0, column] = {"Boundaries": np.uint8(lines), "Segmentation": np.uint16([[1, 2, 3]])}
    >>> scipy.io.savemat(f"{folder}/groundTruth/train/a.mat", {"groundTruth": people})
    >>> sample = BSDS(folder, "train", consensus=0.6)[0]
    >>> sample["edges"], sample["boundaries"].shape, sample["regions"][..., 0]
    (array([[  1, 255,   0]], dtype=uint8), (1, 3, 2), array([[0, 1, 2]], dtype=int16))
    """

    def __init__(self, folder: str, split: str = "train", consensus: float = 1 / 3):
        if not 0 < consensus <= 1:
            raise ConfigError(f"consensus: {consensus}; expected a part of the annotators, above 0 and up to 1.")
        self.consensus = consensus
        images, truth = (os.path.join(folder, part, split) for part in ("images", "groundTruth"))
        super().__init__(images, truth, (EDGES, REGIONS), (".mat",))

    def read_file_size(self, path):
        return None

    def read_file(self, path):
        people = read_mat(path).get("groundTruth")
        if people is None or not people.size:
            raise DataFault(path, "groundTruth", "missing or empty; expected a cell array, one cell per annotator.")
        boundaries = stack_people(people, "Boundaries", path)
        edges = boundaries > 0
        votes = edges.mean(axis=-1)
        consensus = np.where(votes >= self.consensus - 1e-9, 1, np.where(votes > 0, 255, 0))
        labels = {"edges": consensus.astype(np.uint8), "boundaries": edges.astype(np.uint8)}
        if any("Segmentation" in fields_of(person) for person in people.reshape(-1)):
            # The segments count from 1.
            labels["regions"] = (stack_people(people, "Segmentation", path) - 1).astype(np.int16)
        return labels


def stack_people(people, field, path):
    """One field of every annotator's cell, `[H, W, A]`.

    Raises:
        DataFault: an annotator has no matrix there, or one of another shape.
    """
    drawn = []
    for row, person in enumerate(people.reshape(-1)):
        place = f"groundTruth{{{row + 1}}}.{field}"
        matrix = person[field].item() if field in fields_of(person) and person.size == 1 else None
        if not isinstance(matrix, np.ndarray) or matrix.ndim != 2 or matrix.dtype.kind not in "biuf":
            raise DataFault(path, place, "missing; expected a matrix of numbers.")
        if drawn and matrix.shape != drawn[0].shape:
            raise DataFault(path, place, f"shape {matrix.shape}; the first annotator's has {drawn[0].shape}.")
        drawn.append(matrix.astype(np.int32))
    return np.stack(drawn, axis=-1)


def fields_of(person):
    """Names of the fields of an annotator's cell."""
    return getattr(getattr(person, "dtype", None), "names", None) or ()
