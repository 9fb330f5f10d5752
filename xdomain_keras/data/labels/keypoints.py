"""Keypoints: named points of an object."""

import re

import numpy as np

from xdomain_keras.data.fault import DataFault
from xdomain_keras.data.labels.label import Label, as_array
from xdomain_keras.errors import ConfigError

SIDES = (("left", "right"), ("Left", "Right"), ("LEFT", "RIGHT"))
MIRRORED = dict(SIDES) | {right: left for left, right in SIDES}
SIDE = re.compile("|".join(MIRRORED))
# As a word, so that no name is blamed for being upright.
SIDE_WORD = re.compile(
    r"(?<![A-Za-z])(left|right)(?![a-z])|(Left|Right)(?![a-z])|(?<![A-Za-z])(LEFT|RIGHT)(?![A-Za-z])"
)


class Keypoints(Label):
    """One point for each of the source's names, `keypoints` float32 `[K, 4]`.

    The columns are x and y in pixels, depth in metres, and visibility (0 absent or unknown, 1 hidden, 2 seen, and -1 in
    rows of a task that the source does not annotate). A crop keeps points that it leaves outside, since the border of a
    heatmap reaches in.

    Example:

    >>> row = {"keypoints": np.float32([[1, 2, 3, 2]])}
    >>> Keypoints().flip(row, (4, 8), axis=1)["keypoints"].tolist()
    [[7.0, 2.0, 3.0, 2.0]]
    """

    def __init__(self):
        super().__init__("keypoints", {"keypoints": (np.float32, 2)}, names_are="rows")

    def check(self, arrays, size, file, field=None, names=()):
        """As `Label.check`; rows of visibility 0 become 0, others must lie in the image and have a finite depth."""
        field = "keypoints" if field is None else field
        rows = as_array(arrays["keypoints"], np.float32, 2, file, field, columns=4)
        height, width = size
        known = rows[:, 3] > 0
        x, y, depth = rows[:, :3].T
        inside = (x >= 0) & (x < width) & (y >= 0) & (y < height) & np.isfinite(depth)
        if (known & ~inside).any():
            row = int(np.argmax(known & ~inside))
            name = f" ({names[row]})" if row < len(names) else ""
            raise DataFault(
                file,
                f"{field and field + ', '}keypoint {row + 1}{name}",
                f"{rows[row].tolist()}; expected a place within the image of {width} x {height} px and a finite depth; "
                "correct it, or give it visibility 0.",
            )
        return {"keypoints": np.where(known[:, None], rows, 0).astype(np.float32)}

    def resize(self, arrays, old, new):
        scale = np.array([new[1] / old[1], new[0] / old[0], 1, 1], np.float32)
        return {"keypoints": arrays["keypoints"] * scale}

    def flip(self, arrays, size, axis):
        """Rows keep their order: a left hand becomes the mirrored hand in the same row; `exchange_sides` renames it."""
        points = arrays["keypoints"].copy()
        points[:, 1 - axis] = size[axis] - points[:, 1 - axis]
        return {"keypoints": points}

    def crop(self, arrays, window):
        return {"keypoints": arrays["keypoints"] - np.float32([*window[:2], 0, 0])}

    def zoom(self, arrays, factor):
        return {"keypoints": arrays["keypoints"] * np.float32([1, 1, factor, 1])}

    def relabel(self, arrays, table):
        """As `Label.relabel`: a row for each of the task's names, in their order."""
        rows = np.zeros((table.num_classes, 4), np.float32)
        rows[:, 3] = -1
        rows[list(table.annotated), 3] = 0
        codes = table.codes_of(np.arange(len(table.values)))
        rows[codes[codes >= 0]] = arrays["keypoints"][codes >= 0]
        return {"keypoints": rows}

    loses_classes = True

    def without(self, arrays, values):
        rows = arrays["keypoints"].copy()
        rows[values] = 0
        return {"keypoints": rows}

    def count(self, arrays, number):
        return (arrays["keypoints"][:number, 3] > 0).astype(np.int64)

    def side_order(self, names):
        return mirrored_rows(names)

    def exchange_sides(self, arrays, order):
        return {"keypoints": arrays["keypoints"][order]}


def mirrored_rows(names):
    """The order of named keypoints in a mirror, where left is right.

    Raises:
        ConfigError: a name has a side, but no other name is its counterpart.

    Example:

    >>> mirrored_rows(["left_eye", "nose", "right_eye", "LeftEar", "RightEar"])
    [2, 1, 0, 4, 3]
    """
    rows, order = {name: row for row, name in enumerate(names)}, []
    for name in names:
        turned = [side.sub(lambda found: MIRRORED[found[0]], name) for side in (SIDE_WORD, SIDE)]
        order.append(next((rows[other] for other in turned if other != name and other in rows), rows[name]))
        if order[-1] == rows[name] and SIDE_WORD.search(name):
            raise ConfigError(
                f"a flip makes left of right, but keypoint `{name}` has no other side among the names; rename it as "
                "its counterpart is, or leave horizontal_flip and vertical_flip out."
            )
    return order


KEYPOINTS = Keypoints()
