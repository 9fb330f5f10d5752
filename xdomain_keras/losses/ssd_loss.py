"""The loss of the single shot detector: cross entropy with hard negatives, and L1 on the boxes."""

from typing import Literal

import keras
import numpy as np
from keras import ops

from xdomain_keras.layers.box_coding import encode_boxes, pairwise_areas, pairwise_iou
from xdomain_keras.losses.class_sets import set_cross_entropy
from xdomain_keras.losses.masking import masked_mean
from xdomain_keras.signatures import check_choices


def match_anchors(anchors, boxes, present, iou_threshold=0.5):
    """Give every anchor a box as SSD does (Liu et al. 2016, §2.2).

    Each box takes its best anchor; then every other anchor takes its best box where their overlap
    reaches the threshold. Of two boxes with the same best anchor the later one keeps it.

    Args:
        anchors: tensor `[A, 4]`, xyxy.
        boxes: tensor `[B, N, 4]`, xyxy, padded.
        present: bool tensor `[B, N]`; False for padding.
        iou_threshold: in (0, 1].

    Returns:
        (int32 `[B, A]` index of the box, bool `[B, A]` whether the anchor is positive).
    """
    overlaps = ops.where(ops.expand_dims(present, -1), pairwise_iou(boxes, anchors), -1.0)  # [B, N, A]
    best_box = ops.argmax(overlaps, axis=1)
    best_overlap = ops.max(overlaps, axis=1)
    best_anchor = ops.argmax(overlaps, axis=2)  # [B, N]
    claims = ops.equal(ops.expand_dims(best_anchor, -1), ops.arange(anchors.shape[0], dtype=best_anchor.dtype))
    claims = ops.logical_and(claims, ops.expand_dims(present, -1))
    rank = ops.reshape(ops.arange(1, boxes.shape[1] + 1, dtype="int32"), (1, -1, 1))
    claim = ops.max(ops.where(claims, rank, 0), axis=1)  # 0: no box claims the anchor
    index = ops.where(claim > 0, claim - 1, ops.cast(best_box, "int32"))
    return index, ops.logical_or(claim > 0, best_overlap >= iou_threshold)


@keras.saving.register_keras_serializable(package="xdomain_keras")
class SSDLoss(keras.losses.Loss):
    """Detection loss of paper 000, Eq. 5: `L = L_class + L_loc`, an image at a time.

    `L_class` is the cross entropy over positives and the hardest negatives, `L_loc` the L1 distance of
    the encoded boxes over positives; both are divided by the number of positives (at least 1).
    Matching and mining are not given in the paper: SSD's are taken. An image without objects counts
    `negative_ratio` hard negatives, so that empty images teach as well.

    With `class_sets` a box may be of several classes, and an image says which classes are annotated in it: a positive
    costs `-log Σ_{c ∈ S} p_c` over the set S of its box, and every other anchor, by which it is mined too,
    `-log (p_background + Σ p_c)` over the classes that are not annotated, since it may be any of them. Anchors that
    overlap an ignored box by `iou_threshold`, or lie by half or more in a crowd, are not mined.

    Args:
        anchors: float `[A, 4]`, relative xyxy.
        iou_threshold: overlap from which an anchor is positive.
        negative_ratio: hard negatives a positive.
        location: `"l1"` (as written) or `"smooth_l1"` (as in SSD).
        location_weight: weight of `L_loc`.
        class_sets: whether targets say sets of classes.

    `y_true` is float `[B, N, 5]`: relative xyxy and class index, class -1 for padding. With `class_sets` it is
    `[B, 1 + N, 4 + C]`: the first row has 1 for each annotated class behind four zeros; the others have xyxy, then 1
    for each class that the box may be, only zeros where it is ignored, and -1 where it surrounds a crowd of the class;
    padding is all zeros. `y_pred` is float `[B, A, 4 + 1 + C]`: encoded box, then logits of the background and of the
    classes.

    Raises:
        ConfigError: `location` is neither of the two.
        ValueError: the anchors are not those of `y_pred`.

    Example:

    >>> loss = SSDLoss(anchors=[[0.0, 0.0, 0.5, 0.5], [0.5, 0.5, 1.0, 1.0]])
    >>> y_true = ops.array([[[0.0, 0.0, 0.5, 0.5, 0.0]]])
    >>> y_pred = ops.array([[[0.0, 0, 0, 0, -9, 9], [0.0, 0, 0, 0, 9, -9]]])
    >>> round(float(loss(y_true, y_pred)), 4)
    0.0
    """

    def __init__(
        self,
        anchors,
        iou_threshold=0.5,
        negative_ratio=3.0,
        location: Literal["l1", "smooth_l1"] = "l1",
        location_weight=1.0,
        class_sets=False,
        reduction="sum_over_batch_size",
        name="ssd_loss",
    ):
        super().__init__(reduction=reduction, name=name)
        check_choices(SSDLoss, location=location)
        self.anchors = np.asarray(anchors, "float32")
        self.iou_threshold, self.negative_ratio = iou_threshold, negative_ratio
        self.location, self.location_weight, self.class_sets = location, location_weight, class_sets

    def call(self, y_true, y_pred):
        if y_pred.shape[1] != len(self.anchors):
            raise ValueError(f"y_pred has {y_pred.shape[1]} anchors; expected {len(self.anchors)}.")
        y_true, y_pred = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
        anchors, logits = ops.convert_to_tensor(self.anchors), y_pred[..., 4:]
        rows = y_true[:, 1:] if self.class_sets else y_true
        boxes, labels = rows[..., :4], rows[..., 4:]
        present = ops.any(labels > 0, axis=-1) if self.class_sets else labels[..., 0] >= 0
        index, positive = match_anchors(anchors, boxes, present, self.iou_threshold)
        matched = ops.take_along_axis(boxes, ops.expand_dims(index, -1), axis=1)
        matched = ops.where(ops.expand_dims(positive, -1), matched, anchors)
        count = ops.sum(ops.cast(positive, "float32"), axis=1)

        excluded = positive  # from mining
        if self.class_sets:
            cross_entropy = set_entropy(y_true[:, 0, 4:], labels, index, positive, logits)
            excluded = ops.logical_or(positive, left_out(anchors, boxes, labels, self.iou_threshold))
        else:
            classes = ops.cast(labels[..., 0], "int32")
            classes = ops.where(positive, ops.take_along_axis(classes, index, axis=1) + 1, 0)
            cross_entropy = keras.losses.sparse_categorical_crossentropy(classes, logits, from_logits=True)
        hardness = ops.stop_gradient(ops.where(excluded, -1.0, cross_entropy))
        rank = ops.argsort(ops.argsort(-hardness, axis=1), axis=1)
        wanted = self.negative_ratio * ops.maximum(count, 1.0)
        negative = ops.cast(rank, "float32") < ops.expand_dims(wanted, -1)
        chosen = ops.cast(ops.logical_or(positive, ops.logical_and(negative, hardness >= 0)), "float32")
        class_loss = ops.sum(cross_entropy * chosen, axis=1) / ops.maximum(count, 1.0)

        distance = ops.abs(y_pred[..., :4] - encode_boxes(matched, anchors))
        if self.location == "smooth_l1":
            distance = ops.where(distance < 1, 0.5 * ops.square(distance), distance - 0.5)
        box_loss = masked_mean(ops.sum(distance, axis=-1), positive, axis=1)
        return class_loss + self.location_weight * box_loss

    def get_config(self):
        return {
            **super().get_config(),
            "anchors": self.anchors.tolist(),
            "iou_threshold": self.iou_threshold,
            "negative_ratio": self.negative_ratio,
            "location": self.location,
            "location_weight": self.location_weight,
            "class_sets": self.class_sets,
        }


def set_entropy(annotated, labels, index, positive, logits):
    """What every anchor's class costs where labels are sets, see `SSDLoss`.

    Args:
        annotated: float `[B, C]`, 1 for the classes that are annotated in the image.
        labels: float `[B, N, C]`, above 0 for the classes that a box may be.
        index: int `[B, A]`, the box of each anchor.
        positive: bool `[B, A]`.
        logits: float `[B, A, 1 + C]`, the background's first.

    Returns:
        float32 `[B, A]`.
    """
    objects = ops.pad(labels > 0, ((0, 0), (0, 0), (1, 0)))  # no object may be background
    nothing = ops.pad(annotated <= 0, ((0, 0), (1, 0)), constant_values=True)
    sets = ops.concatenate([ops.expand_dims(nothing, 1), objects], axis=1)  # [B, 1 + N, 1 + C]
    images, rows, classes = ops.shape(sets)
    row = ops.where(positive, index + 1, 0) + rows * ops.expand_dims(ops.arange(images), 1)
    # Rows of one flat table: to take them along an axis spreads the index over all classes, which costs 10 % of a step.
    members = ops.take(ops.reshape(sets, (-1, classes)), row, axis=0)
    return set_cross_entropy(members, logits)


def left_out(anchors, boxes, labels, iou_threshold):
    """Which anchors, `[B, A]`, are not mined: those on an ignored box, or with half of them or more in a crowd."""
    crowd = ops.any(labels < 0, axis=-1, keepdims=True)
    ignored = ops.all(labels == 0, axis=-1, keepdims=True)  # padding too, which has no area to share
    shared, area, anchor_area = pairwise_areas(boxes, anchors)
    # Each is one bound on the shared area: IoU ≥ t where it is ≥ t / (1 + t) of the sum of both areas.
    part = iou_threshold / (1 + iou_threshold)
    of_anchor = ops.where(crowd, 0.5, ops.where(ignored, part, 2.0))  # nothing shares twice an anchor's area
    return ops.any(shared >= of_anchor * anchor_area + ops.where(crowd, 0.0, part) * area, axis=1)
