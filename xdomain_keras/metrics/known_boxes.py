"""What of an image's boxes a score may look at, where not every class is annotated and some boxes are coarse."""

import cv2
import numpy as np

SAME_OBJECT = 0.45  # overlap from which two boxes of one coarse class are one


def fine_boxes(true, pred, sets, num_classes):
    """The boxes by which classes are scored: those of annotated classes.

    A true box that may be several classes, or is to be ignored, is a crowd for each class that it may be: predictions
    that lie in it are neither rewarded nor punished.

    Args:
        true: dict of arrays `boxes_xyxy`, `classes` (codes, see `data.ClassTable`), `crowd`, perhaps `areas` and
            `known_classes` (class indices; all where it is left out).
        pred: dict of arrays `boxes_xyxy`, `classes`, `scores`.
        sets: list of lists of class indices.
        num_classes: of the task; None where codes are classes.

    Returns:
        (true, pred) as `coco_scores` takes them.
    """
    codes, crowd = true["classes"], true["crowd"]
    rows = [np.flatnonzero((codes >= 0) & (codes < (np.inf if num_classes is None else num_classes)))]
    classes, crowds = [codes[rows[0]]], [crowd[rows[0]]]
    for row in np.flatnonzero((codes < 0) | ~np.isin(np.arange(len(codes)), rows[0])):
        members = np.unique(pred["classes"]) if codes[row] < 0 else np.array(sets[int(codes[row]) - num_classes])
        rows.append(np.full(len(members), row))
        classes.append(members)
        crowds.append(np.ones(len(members), bool))
    rows = np.concatenate(rows).astype(int)
    found = {key: true[key][rows] for key in ("boxes_xyxy", "areas") if key in true}
    found |= {"classes": np.concatenate(classes), "crowd": np.concatenate(crowds).astype(bool)}
    if "known_classes" not in true:
        return found, pred
    return tuple(select(boxes, np.isin(boxes["classes"], true["known_classes"])) for boxes in (found, pred))


def coarse_boxes(true, pred, members, sets, num_classes):
    """The boxes by which one set of classes is scored as if it were one class, or None where the image cannot say.

    Predictions of its classes are renamed, and of those that overlap the most confident one stays.

    Args:
        true, pred, sets, num_classes: as of `fine_boxes`.
        members: class indices of the set.

    Returns:
        (true, pred), all of class 0, or None where one of the classes is not annotated.
    """
    if "known_classes" in true and not np.isin(members, true["known_classes"]).all():
        return None
    within = [
        code >= 0 and {*(sets[int(code) - num_classes] if code >= num_classes else [int(code)])} <= set(members)
        for code in true["classes"]
    ]
    found, own = select(true, np.array(within, bool)), select(pred, np.isin(pred["classes"], members))
    sides = own["boxes_xyxy"] - np.tile(own["boxes_xyxy"][:, :2], 2) * np.array([0, 0, 1, 1])  # x, y, width, height
    kept = cv2.dnn.NMSBoxes(sides.tolist(), own["scores"].tolist(), 0.0, SAME_OBJECT) if len(sides) else []
    own = select(own, np.asarray(kept, int).reshape(-1))
    for boxes in (found, own):
        boxes["classes"] = np.zeros(len(boxes["classes"]), int)
    return found, own


def select(boxes, rows):
    """Some rows of each array but `known_classes`, which is of the image."""
    return {key: value[rows] for key, value in boxes.items() if key != "known_classes"}
