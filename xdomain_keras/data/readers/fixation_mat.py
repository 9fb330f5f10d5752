"""Reader of fixation points in a MATLAB file."""

from typing import Literal

import numpy as np

from xdomain_keras.data.fault import DataFault
from xdomain_keras.data.readers.fixations import Fixations
from xdomain_keras.data.readers.mat_file import read_mat


class FixationMat(Fixations):
    """Fixations in a MATLAB file as of OSIE: `fixations[i].img` and `.subjects[j].fix_x`, `.fix_y`, in pixels.

    Layout of the eye-tracking data of Xu et al., "Predicting human gaze beyond pixels", Journal of Vision 2014.
    The fields in `faults` count from 0. The file must name every image of the folder.

    Args:
        images: path of the folder of images.
        fixations: path of the .mat file (version 7 or older).
        outside: `"error"` or `"drop"`: what to do with points outside their image (see `Fixations`).

    Raises:
        DataError: the file cannot be read, or nothing in it can be used.

    Example:

    >>> import os, tempfile, cv2, scipy.io
    >>> folder = tempfile.mkdtemp()
    >>> _ = cv2.imwrite(os.path.join(folder, "a.png"), np.zeros((20, 30, 3), np.uint8))
    >>> gaze = {"img": "a.png", "subjects": [{"fix_x": [3.5, 8], "fix_y": [4.0, 9]}]}
    >>> scipy.io.savemat(os.path.join(folder, "gaze.mat"), {"fixations": [gaze]})
    >>> FixationMat(folder, os.path.join(folder, "gaze.mat"))[0]["fixations_xy"].shape
    (2, 2)
    """

    def __init__(self, images: str, fixations: str, outside: Literal["error", "drop"] = "error"):
        super().__init__(images, fixations, outside)
        structs = _read_structs(fixations)
        if not structs:
            raise DataFault(fixations, "fixations", "missing or empty; expected one struct an image.")
        self.set_fixations(self._read_entries(structs))

    def _read_entries(self, structs):
        for row, struct in enumerate(structs):
            name, field = getattr(struct, "img", None), f"fixations[{row}]"
            if not isinstance(name, str):
                self.add_fault(self.file, f"{field}.img", f"{name!r}; expected a file name.")
                continue
            viewers = []
            for column, subject in enumerate(_as_list(getattr(struct, "subjects", []))):
                place = f"{field}.subjects[{column}]"
                if not (hasattr(subject, "fix_x") and hasattr(subject, "fix_y")):
                    self.add_fault(self.file, place, "fix_x or fix_y is missing; expected both.")
                    continue
                x, y = _as_list(subject.fix_x), _as_list(subject.fix_y)
                if len(x) != len(y):
                    self.add_fault(self.file, place, f"fix_x has {len(x)} values and fix_y {len(y)}; expected pairs.")
                else:
                    viewers.append((f"{place}.fix_x", [list(point) for point in zip(x, y, strict=True)]))
            yield name, f"{field}.img", viewers


def _read_structs(path):
    content = read_mat(path, squeeze_me=True, struct_as_record=False)
    return [item for item in _as_list(content.get("fixations")) if hasattr(item, "_fieldnames")]


def _as_list(value):
    """Undo the squeezing of one-element arrays; Python numbers instead of NumPy's."""
    return [] if value is None else np.atleast_1d(value).tolist()
