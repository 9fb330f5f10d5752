"""Boxes that a teacher is sure of, as targets where nobody annotated their classes."""

from keras import ops

from xdomain_keras.layers.box_coding import pairwise_iou

SAME_OBJECT = 0.5  # overlap from which a box is of an object that is labelled already


def pseudo_target(y_true, boxes, scores, classes, threshold):
    """The target of `SSDLoss` with `class_sets` that holds confident detections of classes that are not annotated.

    Its first row says that no class is annotated, so that anchors without such a box cost nothing.

    Args:
        y_true: float `[B, 1 + N, 4 + C]`, the labels.
        boxes: `[B, M, 4]`, relative xyxy, of a detector.
        scores: `[B, M]`.
        classes: int `[B, M]`, below 0 for padding.
        threshold: least score.

    Returns:
        (float32 `[B, 1 + M, 4 + C]`, float32 scalar, the number of boxes taken).

    Example:

    >>> y_true = np.zeros((1, 2, 6), "float32")
    >>> y_true[0, 0, 4] = 1  # the first class is annotated
    >>> boxes, classes = np.float32([[[0, 0, 1, 1], [0, 0, 0.5, 1]]]), np.int32([[0, 1]])
    >>> target, count = pseudo_target(y_true, boxes, np.float32([[0.9, 0.8]]), classes, 0.6)
    >>> ops.convert_to_numpy(target)[0, 2].tolist(), float(count)
    ([0.0, 0.0, 0.5, 1.0, 0.0, 1.0], 1.0)
    """
    y_true, boxes = ops.cast(y_true, "float32"), ops.cast(boxes, "float32")
    members = ops.one_hot(classes, y_true.shape[-1] - 4, dtype="float32")  # zeros for padding
    annotated = ops.sum(members * y_true[:, :1, 4:], axis=-1) > 0
    labelled = ops.any(y_true[:, 1:, 4:] > 0, axis=-1)
    overlaps = ops.where(ops.expand_dims(labelled, -1), pairwise_iou(y_true[:, 1:, :4], boxes), 0.0)
    taken = ops.logical_and(scores >= threshold, ops.logical_not(annotated))
    taken = ops.logical_and(taken, ops.max(overlaps, axis=1) < SAME_OBJECT)
    kept = ops.expand_dims(ops.cast(ops.logical_and(taken, classes >= 0), "float32"), -1)
    rows = ops.concatenate([boxes, members], axis=-1) * kept
    return ops.concatenate([ops.zeros_like(y_true[:, :1]), rows], axis=1), ops.sum(kept)
