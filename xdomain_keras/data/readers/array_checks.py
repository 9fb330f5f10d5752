"""Checks of labels that are in memory: of their kind and shape, and of their values."""

import numpy as np

from xdomain_keras.data.readers.depth_maps import check_depth
from xdomain_keras.data.readers.keypoint_files import check_keypoints
from xdomain_keras.data.readers.normal_maps import check_normals
from xdomain_keras.data.readers.numpy_folders import check_ids
from xdomain_keras.data.sample import LAYOUT, MAPS
from xdomain_keras.data.source import DataFault, other_size

COLUMNS = {"boxes_xyxy": 4, "fixations_xy": 2, "keypoints": 4, "normals": 3}  # along the last axis
ALLOWED = dict.fromkeys(("salient_object", "edges", "boundaries"), (0, 1, 255))
LEAST = {"classes": 0, "part_ids": -1, "instance_ids": 0, "regions": -1, "saliency_map": 0}
LARGEST = {"saliency_map": 1}


def check_image(image, place):
    """An image as samples hold it, or a fault.

    Args:
        image: array.
        place: str, of the sample.

    Raises:
        DataFault: not uint8 `[H, W, 3]`.

    Example:

    >>> check_image(np.zeros((2, 2, 3)), "0")
    Traceback (most recent call last):
    xdomain_keras.data.source.DataFault: 0: image: float64 of shape (2, 2, 3); expected uint8 [H, W, 3], RGB from 0 ...
    """
    try:
        image = np.asarray(image)
    except ValueError:
        raise DataFault(place, "image", "rows of several lengths; expected uint8 [H, W, 3].") from None
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[-1] != 3:
        found = f"{image.dtype} of shape {image.shape}"
        raise DataFault(place, "image", f"{found}; expected uint8 [H, W, 3], RGB from 0 to 255.")
    return image


def check_label(value, key, place, size, num_classes=0):
    """A label as samples hold it, or a fault; of a key that samples do not have, what was given.

    Args:
        value: array or list.
        key: of the sample.
        place: str, of the sample.
        size: (height, width) of its image.
        num_classes: that `classes` and `semantic_ids` count; 0 where unknown.

    Raises:
        DataFault: another shape than the image's or the key's, no whole numbers where these are, or values that the key
            cannot have.

    Example:

    >>> check_label([[0, 255]], "edges", "0", (1, 2))
    Traceback (most recent call last):
    xdomain_keras.data.source.DataFault: 0: edges: 255 and no 1; expected 1 on an edge, 255 where ignored.
    """
    if key not in LAYOUT:
        return value
    value = check_kind(value, key, place)
    if key in MAPS and (message := other_size(value.shape[:2], size)):
        raise DataFault(place, key, message)
    if key == "depth_meters":
        return check_depth(value, place, key)
    if key == "semantic_ids":
        return check_ids(value, place, num_classes, key)
    if key == "normals":
        return check_normals(value, place, field=key)
    if key == "keypoints":
        return check_keypoints(value, place, size, field=key)
    check_values(value, key, place, num_classes)
    return value.astype(LAYOUT[key][0], copy=False)


def check_kind(value, key, place):
    """An array of the key's rank, of whole numbers where these are expected."""
    (dtype, rank), columns = LAYOUT[key], COLUMNS.get(key)
    try:
        value = np.asarray(value)
    except ValueError:
        raise DataFault(place, key, "rows of several lengths; expected an array.") from None
    if not value.size and columns and rank == 2:
        value = np.zeros((0, columns), dtype)  # of a list without entries
    if value.ndim != rank or (columns and value.shape[-1] != columns):
        wanted = f"{rank} axes" + (f", {columns} along the last" if columns else "")
        raise DataFault(place, key, f"shape {value.shape}; expected {wanted}.")
    if value.size and value.dtype.kind not in "biuf":
        raise DataFault(place, key, f"{value.dtype}; expected numbers.")
    if np.issubdtype(dtype, np.integer) and value.dtype.kind == "f" and (value != np.round(value)).any():
        raise DataFault(place, key, f"{value.dtype} with fractions; expected whole numbers.")
    return value if value.size else value.astype(dtype)


def check_values(value, key, place, num_classes=0):
    """A fault where a key cannot have such values."""
    if not value.size:
        return
    dtype = LAYOUT[key][0]
    if not np.isfinite(value).all():
        raise DataFault(place, key, "NaN or infinity; expected finite numbers.")
    if key in ALLOWED and not np.isin(value, ALLOWED[key]).all():
        found = np.unique(value)
        shown = f"[{', '.join(map(str, found[:4]))}{', …' if len(found) > 4 else ''}]"
        raise DataFault(place, key, f"values {shown}; expected {', '.join(map(str, ALLOWED[key]))} alone.")
    if key in ("edges", "boundaries") and (value == 255).any() and not (value == 1).any():
        raise DataFault(place, key, "255 and no 1; expected 1 on an edge, 255 where ignored.")
    if key in LEAST and value.min() < LEAST[key]:
        raise DataFault(place, key, f"{value.min()}; expected numbers from {LEAST[key]} up.")
    most = LARGEST.get(key, np.iinfo(dtype).max if np.issubdtype(dtype, np.integer) else np.inf)
    most = num_classes - 1 if key == "classes" and num_classes else most
    if value.max() > most:
        raise DataFault(place, key, f"{value.max()}; expected at most {most}.")
    if key == "boxes_xyxy" and (value[:, :2] > value[:, 2:]).any():
        row = int(np.argmax((value[:, :2] > value[:, 2:]).any(axis=1)))
        raise DataFault(place, f"{key}[{row}]", f"{value[row].tolist()}; expected left, top, right, bottom.")
