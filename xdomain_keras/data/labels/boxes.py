"""Boxes with their classes."""

import numpy as np

from xdomain_keras.data.fault import DataFault
from xdomain_keras.data.labels.label import Label, as_array, require_range, require_whole


class Boxes(Label):
    """Objects as boxes; all keys but the last have a row for each object, of which there may be none.

    | key | dtype, shape | meaning |
    |---|---|---|
    | `boxes_xyxy` | float32 `[N, 4]` | left, top, right, bottom in pixels |
    | `classes` | int32 `[N]` | index into the source's names; -1 where the box is to be ignored |
    | `crowd` | bool `[N]` | whether the box surrounds a group; where it is left out no box does |
    | `areas` | float32 `[N]` | of the object's outline in square pixels; where it is left out that of the box |
    | `known_classes` | int32 `[K]` | classes that are annotated in this image; where it is left out all are |

    Example:

    >>> arrays = {"boxes_xyxy": np.float32([[0, 0, 2, 2], [2, 2, 8, 8]]), "classes": np.int32([0, 1])}
    >>> cut = Boxes().crop(arrays, (4, 4, 4, 4))
    >>> cut["boxes_xyxy"].tolist(), cut["classes"].tolist()
    ([[0.0, 0.0, 4.0, 4.0]], [1])
    """

    def __init__(self):
        keys = {
            "boxes_xyxy": (np.float32, 2),
            "classes": (np.int32, 1),
            "crowd": (np.bool_, 1),
            "areas": (np.float32, 1),
            "known_classes": (np.int32, 1),
        }
        super().__init__("boxes", keys, ("crowd", "areas", "known_classes"), "classes")

    def check(self, arrays, size, file, field=None, names=()):
        checked = {}
        for key, value in arrays.items():
            place = key if field is None else field
            dtype, rank = self.keys[key]
            value = as_array(value, dtype, rank, file, place, 4 if key == "boxes_xyxy" else 0)
            require_whole(value, dtype, file, place)
            if key == "boxes_xyxy":
                require_range(value, None, None, file, place)
                if (wrong := (value[:, :2] > value[:, 2:]).any(axis=1)).any():
                    row = int(np.argmax(wrong))
                    raise DataFault(
                        file, f"{place}[{row}]", f"{value[row].tolist()}; expected left, top, right, bottom."
                    )
            elif key in ("classes", "known_classes"):
                require_range(
                    value,
                    -1 if key == "classes" else 0,
                    len(names) - 1 if names else np.iinfo(np.int32).max,
                    file,
                    place,
                )
            else:
                require_range(value, 0, 1 if key == "crowd" else None, file, place)
            checked[key] = value.astype(dtype, copy=False)
        if "boxes_xyxy" in checked:
            for key in ("classes", "crowd", "areas"):
                if key in checked and len(checked[key]) != len(checked["boxes_xyxy"]):
                    count = f"{len(checked[key])} for {len(checked['boxes_xyxy'])} boxes"
                    raise DataFault(file, key if field is None else field, f"{count}; expected one each.")
        return checked

    def resize(self, arrays, old, new):
        scale = np.array([new[1] / old[1], new[0] / old[0]], np.float32)
        resized = {**arrays, "boxes_xyxy": arrays["boxes_xyxy"] * np.tile(scale, 2)}
        if "areas" in arrays:
            resized["areas"] = arrays["areas"] * scale.prod()
        return resized

    def flip(self, arrays, size, axis):
        # Of a box x is in columns 0 and 2, y in 1 and 3.
        column, extent = 1 - axis, size[axis]
        boxes = arrays["boxes_xyxy"].copy()
        boxes[:, [column, column + 2]] = extent - arrays["boxes_xyxy"][:, [column + 2, column]]
        return {**arrays, "boxes_xyxy": boxes}

    def crop(self, arrays, window):
        """Boxes whose centre lies outside the window are dropped with all that belongs to them, others clipped.

        What says that nothing is known, as crowds and ignored boxes do, stays as far as it reaches into the window.
        """
        corner, extent = np.float32(window[:2]), np.float32(window[2:])
        boxes = arrays["boxes_xyxy"].reshape(-1, 2, 2) - corner
        centers = boxes.mean(1)
        inside = ((centers >= 0) & (centers < extent)).all(1)
        unknown = arrays.get("crowd", np.zeros(len(boxes), bool)) | (arrays.get("classes", np.zeros(len(boxes))) < 0)
        inside |= unknown & ((boxes[:, 1] > 0) & (boxes[:, 0] < extent)).all(1)
        cut = {key: value if key == "known_classes" else value[inside] for key, value in arrays.items()}
        return {**cut, "boxes_xyxy": np.clip(boxes, 0, extent)[inside].reshape(-1, 4)}

    def relabel(self, arrays, table):
        known = table.annotated_among(arrays.get("known_classes"))
        return {**arrays, "classes": table.codes_of(arrays["classes"]), "known_classes": known}

    loses_classes = True

    def without(self, arrays, values):
        kept = ~np.isin(arrays["classes"], values)
        left = {key: value[kept] for key, value in arrays.items() if key != "known_classes"}
        if "known_classes" in arrays:
            left["known_classes"] = np.setdiff1d(arrays["known_classes"], values).astype(np.int32)
        return left

    def count(self, arrays, number):
        counted = arrays["classes"][~arrays.get("crowd", np.zeros(len(arrays["classes"]), bool))]
        return np.bincount(counted[counted >= 0], minlength=number)[:number]


BOXES = Boxes()
