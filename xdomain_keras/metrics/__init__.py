"""Scores of predictions, equal to the reference implementations of each task."""

from xdomain_keras.metrics.detection import DetectionMetrics
from xdomain_keras.metrics.saliency import SaliencyMetrics
from xdomain_keras.metrics.saliency_distribution import correlation, kl_divergence, similarity
from xdomain_keras.metrics.saliency_location import auc_borji, auc_judd, auc_shuffled, nss

__all__ = [
    "DetectionMetrics",
    "SaliencyMetrics",
    "auc_borji",
    "auc_judd",
    "auc_shuffled",
    "correlation",
    "kl_divergence",
    "nss",
    "similarity",
]
