"""Greedy non-maximum suppression, a class at a time, for batches and in every backend's graphs."""

from keras import ops

from xdomain_keras.layers.box_coding import pairwise_iou


def non_max_suppression(
    boxes, scores, iou_threshold=0.45, score_threshold=0.01, max_detections=100, num_candidates=400
):
    """Keep the best of overlapping boxes of the same class.

    The `num_candidates` best (box, class) pairs of an image are kept or dropped exactly as the greedy
    algorithm does: from the best score down, a pair is dropped if it overlaps a kept pair of its class by
    more than `iou_threshold`. Of equal scores the lower (box, class) index goes first.

    Args:
        boxes: tensor `[B, A, 4]`, xyxy in any units.
        scores: tensor `[B, A, C]`, without a background class.
        iou_threshold: overlap in [0, 1] up to which both boxes stay.
        score_threshold: pairs must score more than this, at least 0.
        max_detections: N, the detections to return.
        num_candidates: pairs of an image that are looked at; bounds time and memory.

    Returns:
        dict of `boxes_xyxy` `[B, N, 4]`, `scores` `[B, N]` and `classes` int32 `[B, N]`, best first, padded
        with boxes and scores of 0 and class -1.

    Example:

    >>> boxes = ops.array([[[0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 0.9], [0.0, 0.0, 0.1, 0.1]]])
    >>> scores = ops.array([[[0.8], [0.9], [0.3]]])
    >>> print(ops.convert_to_numpy(non_max_suppression(boxes, scores, max_detections=4)["scores"]))
    [[0.9 0.3 0.  0. ]]
    """
    num_classes = scores.shape[-1]
    # No box beyond the best `num_candidates` holds one of the best pairs, and few boxes sort fast.
    best_boxes = ops.sort(_best(ops.max(scores, axis=-1), num_candidates), axis=1)
    boxes, scores = (ops.take_along_axis(tensor, best_boxes[..., None], axis=1) for tensor in (boxes, scores))
    pairs = ops.reshape(scores, (-1, scores.shape[1] * num_classes))
    best_pairs = _best(pairs, num_candidates)
    scores = ops.take_along_axis(pairs, best_pairs, axis=1)
    classes = best_pairs % num_classes
    boxes = ops.take_along_axis(boxes, (best_pairs // num_classes)[..., None], axis=1)
    keep = _keep_greedily(boxes, classes, scores > score_threshold, iou_threshold)

    order = _best(ops.where(keep, scores, 0.0), max_detections)
    keep = ops.take_along_axis(keep, order, axis=1)
    scores = ops.where(keep, ops.take_along_axis(scores, order, axis=1), 0.0)
    classes = ops.where(keep, ops.take_along_axis(classes, order, axis=1), -1)
    boxes = ops.where(keep[..., None], ops.take_along_axis(boxes, order[..., None], axis=1), 0.0)
    missing = [[0, 0], [0, max_detections - order.shape[1]]]
    return {
        "boxes_xyxy": ops.pad(boxes, [*missing, [0, 0]]),
        "scores": ops.pad(scores, missing),
        "classes": ops.pad(classes, missing, constant_values=-1),
    }


def _best(values, count):
    """Int32 index of the `count` largest values of each row, the lower index first among equals.

    A sort, since `top_k` leaves the order of equals open on torch, and JAX exports it in a form that
    TensorFlow 2.21 cannot read.
    """
    return ops.cast(ops.argsort(-values, axis=1)[:, :count], "int32")


def _keep_greedily(boxes, classes, valid, iou_threshold):
    """Bool `[B, K]`: which of the boxes, sorted by score, the greedy algorithm keeps.

    `keep[i] = valid[i] and no j < i with keep[j] and overlap[i, j]` has one solution. Repeating it from
    `valid` settles at least one more box each time, and in practice all of them in a few rounds.
    """
    count = boxes.shape[1]
    rank = ops.arange(count)
    overlaps = ops.logical_and(
        pairwise_iou(boxes, boxes) > iou_threshold,
        ops.logical_and(
            ops.expand_dims(rank, 0) < ops.expand_dims(rank, 1),
            ops.equal(ops.expand_dims(classes, 1), ops.expand_dims(classes, 2)),
        ),
    )

    def step(keep):
        dropped = ops.any(ops.logical_and(overlaps, ops.expand_dims(keep, 1)), axis=-1)
        return ops.logical_and(valid, ops.logical_not(dropped))

    def unsettled(previous, keep):
        return ops.any(ops.not_equal(previous, keep))

    def repeat(_, keep):
        return keep, step(keep)

    return ops.while_loop(unsettled, repeat, (valid, step(valid)), maximum_iterations=count)[1]
