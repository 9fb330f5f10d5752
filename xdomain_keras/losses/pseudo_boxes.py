"""What a teacher finds, as targets where nobody annotated its classes."""

from keras import ops

from xdomain_keras.layers.box_coding import pairwise_iou

SAME_OBJECT = 0.5  # overlap from which a box is of an object that is labelled already


def pseudo_target(y_true, boxes, scores, classes, threshold, doubt):
    """The target of `SSDLoss` with `class_sets` in which detections stand for the classes that are not annotated.

    A detection from `threshold` on is a box; one between `doubt` and `threshold` is to be ignored, as is what the
    labels ignore; what remains has none of these classes, but only in an image with such a box: one in which the
    detector is sure of nothing stays unknown. The target says nothing of the classes that are annotated: labels do.

    Args:
        y_true: float `[B, 1 + N, 4 + C]`, the labels.
        boxes: `[B, M, 4]`, relative xyxy, of a detector.
        scores: `[B, M]`.
        classes: int `[B, M]`, below 0 for padding.
        threshold: least score of a box.
        doubt: score from which a detection is ignored.

    Returns:
        (float32 `[B, 1 + M + N, 4 + C]`, float32 scalar, the number of boxes from `threshold` on).

    Example:

    >>> y_true = np.zeros((1, 2, 6), "float32")
    >>> y_true[0, 0, 4] = 1  # the first class is annotated
    >>> boxes, classes = np.float32([[[0, 0, 1, 1], [0, 0, 0.5, 1]]]), np.int32([[0, 1]])
    >>> target, count = pseudo_target(y_true, boxes, np.float32([[0.9, 0.8]]), classes, 0.6, 0.1)
    >>> ops.convert_to_numpy(target)[0, [0, 2]].tolist(), float(count)
    ([[0.0, 0.0, 0.0, 0.0, 0.0, 1.0], [0.0, 0.0, 0.5, 1.0, 0.0, 1.0]], 1.0)
    """
    y_true, boxes = ops.cast(y_true, "float32"), ops.cast(boxes, "float32")
    given, rows = y_true[:, :1, 4:], y_true[:, 1:]
    members = ops.one_hot(classes, y_true.shape[-1] - 4, dtype="float32")  # zeros for padding
    annotated = ops.sum(members * given, axis=-1) > 0
    labelled = ops.any(rows[..., 4:] > 0, axis=-1)
    overlaps = ops.where(ops.expand_dims(labelled, -1), pairwise_iou(rows[..., :4], boxes), 0.0)
    new = ops.logical_and(ops.logical_not(annotated), ops.max(overlaps, axis=1) < SAME_OBJECT)
    found = ops.logical_and(new, ops.logical_and(classes >= 0, scores >= doubt))
    sure = ops.expand_dims(ops.logical_and(found, scores >= threshold), -1)
    own = ops.concatenate([boxes * ops.cast(ops.expand_dims(found, -1), "float32"), ops.where(sure, members, 0.0)], -1)
    left_out = ops.where(ops.expand_dims(labelled, -1), 0.0, rows)  # ignored boxes and crowds
    known = ops.where(ops.any(sure, axis=1, keepdims=True), 1.0 - given, 0.0)
    head = ops.concatenate([ops.zeros_like(y_true[:, :1, :4]), known], axis=-1)
    return ops.concatenate([head, own, left_out], axis=1), ops.sum(ops.cast(sure, "float32"))
