"""Reader of the body parts of people in PASCAL-Part."""

import numpy as np

from xdomain_keras.data.fault import DataFault
from xdomain_keras.data.labels import PART_IDS
from xdomain_keras.data.readers.label_files import LabelFiles, Missing
from xdomain_keras.data.readers.mat_file import read_mat

# Chen et al. 2016 join the parts that PASCAL-Part names, left (l) and right (r), to six; 0 is none of them.
PARTS = {
    "head": "head hair mouth nose lear rear lebrow rebrow leye reye",
    "torso": "torso neck",
    "upper_arm": "luarm ruarm",
    "lower_arm": "llarm rlarm lhand rhand",
    "upper_leg": "luleg ruleg",
    "lower_leg": "llleg rlleg lfoot rfoot",
}
NUMBERS = {part: number for number, parts in enumerate(PARTS.values(), 1) for part in parts.split()}
PERSON = 15


class HumanPartsMat(LabelFiles):
    """Images with one file of PASCAL-Part each (Chen et al. 2014): `anno.objects(i).parts(j)`, `.part_name`, `.mask`.

    An image in which no person has parts lacks the label. Parts of people are joined to six (Chen et al. 2016): head,
    torso, upper arm, lower arm with hand, upper leg, lower leg with foot; all else is 0, background.

    Args:
        images: path of the folder of images, or a `FilePattern`.
        parts: path of the folder of .mat files, or a `FilePattern`.
        missing: `"error"`, `"absent"` or `"drop"` where image or file has no partner (see `LabelFiles`).

    Raises:
        DataError: a folder cannot be read, or no image has a file.

    Example:

    >>> import os, tempfile, cv2, scipy.io
    >>> folder = tempfile.mkdtemp()
    >>> _ = cv2.imwrite(os.path.join(folder, "a.jpg"), np.zeros((1, 3, 3), np.uint8))
    >>> hair = {"part_name": "hair", "mask": np.uint8([[1, 1, 0]])}
    >>> hand = {"part_name": "lhand", "mask": np.uint8([[0, 1, 0]])}
    >>> person = {"class": "person", "class_ind": 15, "parts": [hair, hand]}
    >>> scipy.io.savemat(os.path.join(folder, "a.mat"), {"anno": {"imname": "a", "objects": [person]}})
    >>> HumanPartsMat(os.path.join(folder, "*.jpg"), folder)[0]["part_ids"]
    array([[1, 4, 0]], dtype=int32)
    """

    def __init__(self, images: str, parts: str, missing: Missing = "error"):
        super().__init__(images, parts, (PART_IDS,), (".mat",), missing)

    def read_file_size(self, path):
        return None

    def read_file(self, path):
        anno = read_mat(path).get("anno")
        if anno is None or "objects" not in (anno.dtype.names or ()) or anno.size != 1:
            raise DataFault(path, "anno.objects", "missing; expected an annotation of PASCAL-Part.")
        ids = None
        for row, thing in enumerate(structs(anno["objects"].item())):
            field = f"anno.objects({row + 1})"
            if "class_ind" not in thing.dtype.names or "parts" not in thing.dtype.names:
                raise DataFault(path, field, f"has {', '.join(thing.dtype.names)}; expected class_ind and parts.")
            if int(np.squeeze(thing["class_ind"])) != PERSON:
                continue
            for column, part in enumerate(structs(thing["parts"])):
                name, mask = str(np.squeeze(part["part_name"])), np.asarray(part["mask"])
                if name not in NUMBERS:
                    place = f"{field}.parts({column + 1}).part_name"
                    raise DataFault(path, place, f"{name!r}; expected one of {', '.join(sorted(NUMBERS))}.")
                ids = np.zeros(mask.shape, np.int32) if ids is None else ids
                if mask.shape != ids.shape:
                    place = f"{field}.parts({column + 1}).mask"
                    raise DataFault(path, place, f"shape {mask.shape}; the first part's has {ids.shape}.")
                ids[mask > 0] = NUMBERS[name]
        return {} if ids is None else {"part_ids": ids}


def structs(array):
    """The structs of a MATLAB struct array, or of a cell array of structs, as a list of NumPy records."""
    if array.dtype.names:
        return list(array.reshape(-1))
    return [
        cell.reshape(-1)[0]
        for cell in array.reshape(-1)
        if getattr(cell, "dtype", None) is not None and cell.dtype.names
    ]
