"""Fixations: the places that people looked at."""

import numpy as np

from xdomain_keras.data.labels.label import Label, as_array, require_range


class Fixations(Label):
    """Gaze points of all viewers, `fixations_xy` float32 `[M, 2]` in pixels; M may be 0.

    Example:

    >>> Fixations().crop({"fixations_xy": np.float32([[1, 1], [5, 5]])}, (4, 4, 4, 4))["fixations_xy"].tolist()
    [[1.0, 1.0]]
    """

    def __init__(self):
        super().__init__("fixations", {"fixations_xy": (np.float32, 2)})

    def check(self, arrays, size, file, field=None, names=()):
        field = "fixations_xy" if field is None else field
        points = as_array(arrays["fixations_xy"], np.float32, 2, file, field, columns=2)
        require_range(points, None, None, file, field)
        return {"fixations_xy": points.astype(np.float32, copy=False)}

    def resize(self, arrays, old, new):
        return {"fixations_xy": arrays["fixations_xy"] * np.array([new[1] / old[1], new[0] / old[0]], np.float32)}

    def flip(self, arrays, size, axis):
        points = arrays["fixations_xy"].copy()
        points[:, 1 - axis] = size[axis] - points[:, 1 - axis]
        return {"fixations_xy": points}

    def crop(self, arrays, window):
        points = arrays["fixations_xy"] - np.float32(window[:2])
        return {"fixations_xy": points[((points >= 0) & (points < np.float32(window[2:]))).all(1)]}


FIXATIONS = Fixations()
