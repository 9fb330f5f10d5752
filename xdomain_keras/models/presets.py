"""The three networks of paper 000 at the size that it reports."""

from xdomain_keras.layers.anchors import SSD300_STEPS
from xdomain_keras.models.backbones import build_backbone
from xdomain_keras.models.dense_heads import ThinHead
from xdomain_keras.models.multi_head_model import MultiHeadModel
from xdomain_keras.models.saliency_streams import MSINetHead
from xdomain_keras.models.ssd import SSDHead


def ssd300_resnet50(num_classes=80, input_shape=(300, 300, 3), weights=None, **backbone_options):
    """Build the detection baseline of paper 000: SSD300 on ResNet-50, 45.49 M parameters, 12.68 GMAC.

    Args:
        num_classes: without the background.
        input_shape: (height, width, 3).
        weights: of the backbone; None for random.
        **backbone_options: further arguments of `resnet`, such as `width`.

    Returns:
        `MultiHeadModel` with the task `detection`.

    Example:

    >>> ssd300_resnet50(width=0.125).output["detection"].shape
    (None, 8732, 85)
    """
    backbone = build_backbone("resnet50", input_shape, weights, **backbone_options)
    return MultiHeadModel(backbone, {"detection": _ssd_head(num_classes, input_shape)}, name="ssd300_resnet50")


def msinet_resnet50(input_shape=(300, 300, 3), weights=None, **backbone_options):
    """Build the saliency baseline of paper 000: MSI-Net on ResNet-50, 39.43 M parameters, 9.48 GMAC.

    Args:
        input_shape: (height, width, 3).
        weights: of the backbone; None for random.
        **backbone_options: further arguments of `resnet`, such as `width`.

    Returns:
        `MultiHeadModel` with the task `saliency`.

    Example:

    >>> msinet_resnet50(width=0.125).output["saliency"].shape
    (None, 80, 80, 1)
    """
    backbone = build_backbone("resnet50", input_shape, weights, **backbone_options)
    return MultiHeadModel(backbone, {"saliency": MSINetHead()}, name="msinet_resnet50")


def joint_resnet50(num_classes=80, input_shape=(300, 300, 3), weights=None, **backbone_options):
    """Build the joint network of paper 000, §4.1: 51.17 M parameters, 13.445 GMAC (printed: 51 M, 13.443).

    Args:
        num_classes: without the background.
        input_shape: (height, width, 3).
        weights: of the backbone; None for random.
        **backbone_options: further arguments of `resnet`, such as `width`.

    Returns:
        `MultiHeadModel` with the tasks `detection` and `saliency`.

    Example:

    >>> sorted(joint_resnet50(width=0.125).output)
    ['detection', 'saliency']
    """
    backbone = build_backbone("resnet50", input_shape, weights, **backbone_options)
    heads = {"detection": _ssd_head(num_classes, input_shape), "saliency": ThinHead()}
    return MultiHeadModel(backbone, heads, name="joint_resnet50")


def _ssd_head(num_classes, input_shape):
    # SSD300's steps are pixels of a 300 pixel image.
    return SSDHead(num_classes, steps=SSD300_STEPS if tuple(input_shape[:2]) == (300, 300) else None)
