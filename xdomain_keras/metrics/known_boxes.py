"""What of an image's boxes a score may look at, where not every class is annotated and some boxes are coarse."""

import cv2
import numpy as np
from keras import ops

from xdomain_keras.layers.box_coding import pairwise_iou

DUPLICATE = 0.45  # overlap from which two boxes of one coarse class are one
SAME_OBJECT = 0.5  # overlap from which a prediction is of an object whose class is not known


def fine_boxes(true, pred, sets, num_classes):
    """The boxes by which classes are scored: those of annotated classes.

    A prediction of an object that may be several classes, of these, or that is to be ignored, is neither rewarded nor
    punished: it is left out. A crowd of several classes is a crowd of each.

    Args:
        true: dict of arrays `boxes_xyxy`, `classes` (codes, see `data.ClassTable`), `crowd`, perhaps `areas` and
            `known_classes` (class indices; all where it is left out).
        pred: dict of arrays `boxes_xyxy`, `classes`, `scores`.
        sets: list of lists of class indices.
        num_classes: of the task; None where codes are classes.

    Returns:
        (true, pred) as `coco_scores` takes them.
    """
    every, counted, unsure = np.unique(pred["classes"]), [], []
    for code, crowd in zip(true["classes"], true["crowd"], strict=True):
        may_be = members_of(code, sets, num_classes, every)
        sure = crowd or (code >= 0 and len(may_be) == 1)
        counted.append(may_be if sure else [])
        unsure.append([] if sure else may_be)
    found = repeat(true, counted)
    pred = without_unsure(pred, found, repeat(true, unsure))
    if "known_classes" not in true:
        return found, pred
    return tuple(select(boxes, np.isin(boxes["classes"], true["known_classes"])) for boxes in (found, pred))


def coarse_boxes(true, pred, members, sets, num_classes):
    """The boxes by which one set of classes is scored as if it were one class, or None where the image cannot say.

    Predictions of its classes are renamed, and of those that overlap the most confident one stays. What may be of the
    set, or of another class, is neither rewarded nor punished.

    Args:
        true, pred, sets, num_classes: as of `fine_boxes`.
        members: class indices of the set.

    Returns:
        (true, pred), all of class 0, or None where one of the classes is not annotated.
    """
    if "known_classes" in true and not np.isin(members, true["known_classes"]).all():
        return None
    own = select(pred, np.isin(pred["classes"], members))
    sides = own["boxes_xyxy"] - np.tile(own["boxes_xyxy"][:, :2], 2) * np.array([0, 0, 1, 1])  # x, y, width, height
    kept = cv2.dnn.NMSBoxes(sides.tolist(), own["scores"].tolist(), 0.0, DUPLICATE) if len(sides) else []
    own = select(own, np.asarray(kept, int).reshape(-1))
    own["classes"] = np.zeros(len(own["classes"]), int)
    counted, unsure = [], []
    for code, crowd in zip(true["classes"], true["crowd"], strict=True):
        may_be = set(members_of(code, sets, num_classes, members))
        within, touched = code >= 0 and may_be <= set(members), bool(may_be & set(members))
        counted.append([0] if within or (crowd and touched) else [])
        unsure.append([0] if touched and not within and not crowd else [])
    found = repeat(true, counted)
    return found, without_unsure(own, found, repeat(true, unsure))


def members_of(code, sets, num_classes, every):
    """The class indices that a code may be; `every` where the box is to be ignored."""
    if code < 0:
        return list(every)
    return [int(code)] if num_classes is None or code < num_classes else list(sets[int(code) - num_classes])


def repeat(boxes, classes):
    """Every box once for each of its classes: dict of arrays `boxes_xyxy`, `classes`, `crowd`, perhaps `areas`."""
    rows = np.repeat(np.arange(len(classes)), [len(own) for own in classes])
    found = {key: boxes[key][rows] for key in ("boxes_xyxy", "areas", "crowd") if key in boxes}
    return {**found, "classes": np.array([each for own in classes for each in own], int)}


def without_unsure(pred, found, unsure):
    """The predictions that are on none of the `unsure` boxes, or on one of the counted boxes of their class."""
    if not len(unsure["classes"]):
        return pred
    return select(pred, ~on_a_box(pred, unsure) | on_a_box(pred, select(found, ~found["crowd"])))


def on_a_box(pred, boxes):
    """Whether each prediction overlaps one of the boxes of its class by `SAME_OBJECT`, bool `[M]`."""
    close = ops.convert_to_numpy(pairwise_iou(pred["boxes_xyxy"], boxes["boxes_xyxy"])) >= SAME_OBJECT
    return (close & (pred["classes"][:, None] == boxes["classes"][None])).any(axis=1)


def select(boxes, rows):
    """Some rows of each array but `known_classes`, which is of the image."""
    return {key: value[rows] for key, value in boxes.items() if key != "known_classes"}
