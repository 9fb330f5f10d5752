"""Boxes as offsets from anchors: the code that the single shot detector predicts."""

import math

from keras import ops

VARIANCES = (0.1, 0.1, 0.2, 0.2)
SMALLEST_SIZE = 1e-6  # keeps the logarithm of padded or empty boxes finite
LARGEST_LOG_SCALE = math.log(1000 / 16)  # an untrained head must not overflow the exponential


def to_center(boxes_xyxy):
    """Turn corners into `[cx, cy, width, height]`.

    Args:
        boxes_xyxy: tensor `[…, 4]`.

    Returns:
        tensor `[…, 4]`, same units.

    Example:

    >>> print(ops.convert_to_numpy(to_center(ops.array([0.0, 0.0, 2.0, 4.0]))))
    [1. 2. 2. 4.]
    """
    low, high = boxes_xyxy[..., :2], boxes_xyxy[..., 2:]
    return ops.concatenate([(low + high) / 2, high - low], axis=-1)


def encode_boxes(boxes_xyxy, anchors, variances=VARIANCES):
    """Code boxes as scaled offsets from anchors (Liu et al. 2016, SSD, Eq. 2).

    `code = [(cx - ax) / aw / v0, (cy - ay) / ah / v1, log(w / aw) / v2, log(h / ah) / v3]`.

    Args:
        boxes_xyxy: tensor `[…, A, 4]`; padded boxes of any value give finite codes.
        anchors: float `[A, 4]`, xyxy, same units, with area.
        variances: 4 floats, the scale of each offset.

    Returns:
        tensor `[…, A, 4]`.

    Example:

    >>> anchor = np.array([[0.0, 0.0, 0.5, 0.5]], "float32")
    >>> print(ops.convert_to_numpy(encode_boxes(anchor + 0.05, anchor)).round(4))
    [[1. 1. 0. 0.]]
    """
    boxes_xyxy = ops.convert_to_tensor(boxes_xyxy)
    anchors = to_center(ops.convert_to_tensor(anchors, dtype=boxes_xyxy.dtype))
    boxes = to_center(boxes_xyxy)
    center = (boxes[..., :2] - anchors[..., :2]) / anchors[..., 2:]
    size = ops.log(ops.maximum(boxes[..., 2:], SMALLEST_SIZE) / anchors[..., 2:])
    return ops.concatenate([center, size], axis=-1) / ops.convert_to_tensor(variances, dtype=boxes.dtype)


def decode_boxes(codes, anchors, variances=VARIANCES, clip=False):
    """Turn codes back into boxes: the inverse of `encode_boxes`.

    Args:
        codes: tensor `[…, A, 4]`.
        anchors: float `[A, 4]`, xyxy.
        variances: 4 floats, as they were encoded.
        clip: whether to cut relative boxes to [0, 1].

    Returns:
        tensor `[…, A, 4]`, xyxy in the units of the anchors; no side is over 62.5 times the anchor's.

    Example:

    >>> anchor = np.array([[0.2, 0.2, 0.4, 0.4]], "float32")
    >>> print(ops.convert_to_numpy(decode_boxes(np.zeros((1, 4), "float32"), anchor)).round(4))
    [[0.2 0.2 0.4 0.4]]
    """
    codes = ops.convert_to_tensor(codes)
    anchors = to_center(ops.convert_to_tensor(anchors, dtype=codes.dtype))
    codes = codes * ops.convert_to_tensor(variances, dtype=codes.dtype)
    center = codes[..., :2] * anchors[..., 2:] + anchors[..., :2]
    half = ops.exp(ops.minimum(codes[..., 2:], LARGEST_LOG_SCALE)) * anchors[..., 2:] / 2
    boxes = ops.concatenate([center - half, center + half], axis=-1)
    return ops.clip(boxes, 0.0, 1.0) if clip else boxes


def pairwise_iou(boxes_a, boxes_b):
    """Intersection over union of every pair of boxes.

    Args:
        boxes_a: tensor `[…, N, 4]`, xyxy.
        boxes_b: tensor `[…, M, 4]`, xyxy, same units.

    Returns:
        tensor `[…, N, M]` in [0, 1]; 0 for boxes without area.

    Example:

    >>> float(pairwise_iou(ops.array([[0.0, 0, 2, 1]]), ops.array([[1.0, 0, 3, 1]]))[0, 0] * 3)
    1.0
    """
    shared, area_a, area_b = pairwise_areas(boxes_a, boxes_b)
    union = area_a + area_b - shared
    return ops.where(union > 0, shared / ops.where(union > 0, union, 1.0), 0.0)


def pairwise_areas(boxes_a, boxes_b):
    """(area that two boxes share `[…, N, M]`, area of the first `[…, N, 1]`, of the second `[…, 1, M]`)."""
    a, b = ops.expand_dims(boxes_a, -2), ops.expand_dims(boxes_b, -3)
    extent = ops.maximum(ops.minimum(a[..., 2:], b[..., 2:]) - ops.maximum(a[..., :2], b[..., :2]), 0.0)
    shared = extent[..., 0] * extent[..., 1]
    area_a = (a[..., 2] - a[..., 0]) * (a[..., 3] - a[..., 1])
    area_b = (b[..., 2] - b[..., 0]) * (b[..., 3] - b[..., 1])
    return shared, area_a, area_b
