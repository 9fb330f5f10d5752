"""From the raw tensor of the detection head to boxes that a person reads."""

import keras
import numpy as np
from keras import ops

from xdomain_keras.layers.box_coding import decode_boxes
from xdomain_keras.layers.non_max_suppression import non_max_suppression


@keras.saving.register_keras_serializable(package="xdomain_keras")
class DecodeDetections(keras.layers.Layer):
    """Decode boxes, turn logits into probabilities and drop duplicates; safe to export.

    Args:
        anchors: float `[A, 4]`, relative xyxy, as the detection head was trained with.
        iou_threshold: overlap of two boxes of a class up to which both stay.
        score_threshold: least probability of a detection.
        max_detections: N, detections an image.
        num_candidates: (box, class) pairs that are compared, the best of an image.

    Input is `[B, A, 4 + 1 + C]`: box codes, then logits of the background (index 0) and of the classes.
    Output is a dict of `boxes_xyxy` `[B, N, 4]` relative and within [0, 1], `scores` `[B, N]` and
    `classes` int32 `[B, N]`, padded with score 0 and class -1.

    Example:

    >>> decode = DecodeDetections([[0.0, 0.0, 0.5, 0.5]], max_detections=2)
    >>> print(ops.convert_to_numpy(decode(np.array([[[0, 0, 0, 0, -9, 9, -9]]], "float32"))["classes"]))
    [[ 0 -1]]
    """

    def __init__(
        self,
        anchors,
        iou_threshold=0.45,
        score_threshold=0.01,
        max_detections=100,
        num_candidates=400,
        dtype="float32",
        **kwargs,
    ):
        super().__init__(dtype=dtype, **kwargs)
        self.anchors = np.asarray(anchors, "float32")
        self.iou_threshold, self.score_threshold = iou_threshold, score_threshold
        self.max_detections, self.num_candidates = max_detections, num_candidates

    def call(self, codes_and_logits):
        return non_max_suppression(
            decode_boxes(codes_and_logits[..., :4], self.anchors, clip=True),
            ops.softmax(codes_and_logits[..., 4:], axis=-1)[..., 1:],
            self.iou_threshold,
            self.score_threshold,
            self.max_detections,
            self.num_candidates,
        )

    def compute_output_spec(self, codes_and_logits):
        shape = (codes_and_logits.shape[0], self.max_detections)
        return {
            "boxes_xyxy": keras.KerasTensor((*shape, 4), self.compute_dtype),
            "scores": keras.KerasTensor(shape, self.compute_dtype),
            "classes": keras.KerasTensor(shape, "int32"),
        }

    def get_config(self):
        return {
            **super().get_config(),
            "anchors": self.anchors.tolist(),
            "iou_threshold": self.iou_threshold,
            "score_threshold": self.score_threshold,
            "max_detections": self.max_detections,
            "num_candidates": self.num_candidates,
        }
