"""Scores of predictions, equal to the reference implementations of each task."""

from xdomain_keras.metrics.depth import DepthMetrics
from xdomain_keras.metrics.detection import DetectionMetrics
from xdomain_keras.metrics.edges import EdgeMetrics
from xdomain_keras.metrics.keypoints import KeypointsMetrics
from xdomain_keras.metrics.normals import NormalsMetrics
from xdomain_keras.metrics.regions import RegionMetrics
from xdomain_keras.metrics.saliency import SaliencyMetrics
from xdomain_keras.metrics.saliency_distribution import correlation, kl_divergence, similarity
from xdomain_keras.metrics.saliency_location import auc_borji, auc_judd, auc_shuffled, nss
from xdomain_keras.metrics.salient_object import SalientObjectMetrics
from xdomain_keras.metrics.segmentation import SegmentationMetrics

__all__ = [
    "KeypointsMetrics",
    "DepthMetrics",
    "DetectionMetrics",
    "EdgeMetrics",
    "NormalsMetrics",
    "RegionMetrics",
    "SaliencyMetrics",
    "SalientObjectMetrics",
    "SegmentationMetrics",
    "auc_borji",
    "auc_judd",
    "auc_shuffled",
    "correlation",
    "kl_divergence",
    "nss",
    "similarity",
]
