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
    pairs = ops.reshape(scores, (-1, scores.shape[1] * num_classes))
    scores, index = _top(pairs, min(num_candidates, pairs.shape[1]))
    classes = index % num_classes
    boxes = ops.take_along_axis(boxes, ops.expand_dims(index // num_classes, -1), axis=1)
    keep = _keep_greedily(boxes, classes, scores > score_threshold, iou_threshold)

    num_kept = min(max_detections, pairs.shape[1], num_candidates)
    scores, order = _top(ops.where(keep, scores, 0.0), num_kept)
    found = ops.take_along_axis(keep, order, axis=1)
    classes = ops.where(found, ops.take_along_axis(classes, order, axis=1), -1)
    boxes = ops.take_along_axis(boxes, ops.expand_dims(order, -1), axis=1)
    boxes = ops.where(ops.expand_dims(found, -1), boxes, 0.0)
    missing = [[0, 0], [0, max_detections - num_kept]]
    return {
        "boxes_xyxy": ops.pad(boxes, [*missing, [0, 0]]),
        "scores": ops.pad(scores, missing),
        "classes": ops.pad(classes, missing, constant_values=-1),
    }


def _top(values, count):
    """The `count` largest values of each row and their int32 index, the lower index first among equals."""
    values, index = ops.top_k(values, count)
    # Backends differ in the order of equals: sort by index, then stably by value.
    for key in (index, None):
        order = ops.argsort(-values if key is None else key, axis=1)
        values, index = ops.take_along_axis(values, order, axis=1), ops.take_along_axis(index, order, axis=1)
    return values, ops.cast(index, "int32")


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
