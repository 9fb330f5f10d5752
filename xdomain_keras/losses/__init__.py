"""Losses: pure functions, and Keras losses that a user's own `compile` takes as well."""

from xdomain_keras.losses.binary_map_loss import BinaryMapLoss
from xdomain_keras.losses.cas_loss import CASLoss
from xdomain_keras.losses.class_agnostic_entropy import ClassAgnosticEntropy
from xdomain_keras.losses.cosine_distance import cosine_distance
from xdomain_keras.losses.depth_loss import DepthLoss
from xdomain_keras.losses.discriminative_loss import DiscriminativeLoss
from xdomain_keras.losses.keypoints_loss import KeypointsLoss
from xdomain_keras.losses.masking import masked_mean, where_present
from xdomain_keras.losses.mmd import bilinear_mmd, linear_mmd, rbf_mmd
from xdomain_keras.losses.normals_loss import NormalsLoss
from xdomain_keras.losses.pixel_metric_losses import MagnetLoss, TripletLoss
from xdomain_keras.losses.saliency_loss import SaliencyLoss
from xdomain_keras.losses.segmentation_loss import SegmentationLoss
from xdomain_keras.losses.ssd_loss import SSDLoss
from xdomain_keras.losses.stretching import stretch_to

__all__ = [
    "KeypointsLoss",
    "BinaryMapLoss",
    "CASLoss",
    "ClassAgnosticEntropy",
    "DepthLoss",
    "DiscriminativeLoss",
    "MagnetLoss",
    "NormalsLoss",
    "SSDLoss",
    "SaliencyLoss",
    "SegmentationLoss",
    "TripletLoss",
    "bilinear_mmd",
    "cosine_distance",
    "linear_mmd",
    "masked_mean",
    "rbf_mmd",
    "stretch_to",
    "where_present",
]
