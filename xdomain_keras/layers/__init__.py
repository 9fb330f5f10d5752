"""Layers and the tensor functions that they share."""

from xdomain_keras.layers.anchors import make_anchors, make_scales
from xdomain_keras.layers.aspp import ASPP
from xdomain_keras.layers.box_coding import decode_boxes, encode_boxes, pairwise_iou, to_center
from xdomain_keras.layers.decode_detections import DecodeDetections
from xdomain_keras.layers.decode_keypoints import DecodeKeypoints
from xdomain_keras.layers.decode_map import DecodeClasses, DecodeMap
from xdomain_keras.layers.film import PairFiLM
from xdomain_keras.layers.gradient_reversal import reverse_gradient
from xdomain_keras.layers.max_unpooling import MaxPoolWithMask, MaxUnpool
from xdomain_keras.layers.non_max_suppression import non_max_suppression
from xdomain_keras.layers.reflection_padding import ReflectionPadding2D

__all__ = [
    "DecodeKeypoints",
    "ASPP",
    "DecodeClasses",
    "DecodeDetections",
    "DecodeMap",
    "MaxPoolWithMask",
    "MaxUnpool",
    "PairFiLM",
    "ReflectionPadding2D",
    "decode_boxes",
    "encode_boxes",
    "make_anchors",
    "make_scales",
    "non_max_suppression",
    "pairwise_iou",
    "reverse_gradient",
    "to_center",
]
