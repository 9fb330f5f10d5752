"""Networks from shared parts: backbones, heads, and the model that joins them."""

from xdomain_keras.models.applications import efficientnet_b3, keras_applications
from xdomain_keras.models.backbones import BACKBONES, build_backbone, feature_pyramid, task_encoders
from xdomain_keras.models.deconv_heads import DeconvHead, KeypointsHead
from xdomain_keras.models.dense_heads import DeepLabHead, FCNHead, SegNetHead, ThinHead
from xdomain_keras.models.densenet import densenet161
from xdomain_keras.models.domain_classifier import domain_classifier
from xdomain_keras.models.efficientnet_lite import efficientnet_lite
from xdomain_keras.models.feature_transfer import feature_transfer
from xdomain_keras.models.generator import GeneratorHead, generator
from xdomain_keras.models.head import Head
from xdomain_keras.models.moving_average import MovingAverage
from xdomain_keras.models.mtan import mtan
from xdomain_keras.models.multi_head_model import MultiHeadModel
from xdomain_keras.models.pair_mapper import PairMapper
from xdomain_keras.models.pretrained import load_pretrained
from xdomain_keras.models.projected_resnet import UpconvHead, projected_resnet
from xdomain_keras.models.pyramid import as_backbone
from xdomain_keras.models.resnet import resnet
from xdomain_keras.models.saliency_streams import MSINetHead
from xdomain_keras.models.segnet import segnet
from xdomain_keras.models.ssd import SSDHead
from xdomain_keras.models.vgg16 import vgg16

__all__ = [
    "BACKBONES",
    "DeconvHead",
    "DeepLabHead",
    "FCNHead",
    "GeneratorHead",
    "Head",
    "KeypointsHead",
    "MSINetHead",
    "MovingAverage",
    "MultiHeadModel",
    "PairMapper",
    "SSDHead",
    "SegNetHead",
    "ThinHead",
    "UpconvHead",
    "as_backbone",
    "build_backbone",
    "densenet161",
    "domain_classifier",
    "efficientnet_b3",
    "efficientnet_lite",
    "feature_pyramid",
    "feature_transfer",
    "generator",
    "keras_applications",
    "load_pretrained",
    "mtan",
    "projected_resnet",
    "resnet",
    "segnet",
    "task_encoders",
    "vgg16",
]
