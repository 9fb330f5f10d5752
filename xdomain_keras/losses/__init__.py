"""Losses: pure functions, and Keras losses that a user's own `compile` takes as well."""

from xdomain_keras.losses.masking import masked_mean, where_present
from xdomain_keras.losses.mmd import bilinear_mmd, linear_mmd, rbf_mmd
from xdomain_keras.losses.saliency_loss import SaliencyLoss
from xdomain_keras.losses.ssd_loss import SSDLoss

__all__ = [
    "SSDLoss",
    "SaliencyLoss",
    "bilinear_mmd",
    "linear_mmd",
    "masked_mean",
    "rbf_mmd",
    "where_present",
]
