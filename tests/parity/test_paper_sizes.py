"""The full-size network of every paper's config: its parameters and multiply-adds beside those of paper or code."""

import math

import pytest

from xdomain_keras.config import load_config
from xdomain_keras.evaluation.profile import count_macs, count_parameters
from xdomain_keras.experiments.data import Data
from xdomain_keras.experiments.model import build_model
from xdomain_keras.experiments.plan import build_stages
from xdomain_keras.experiments.resolve import resolve
from xdomain_keras.parts import load_parts

pytestmark = pytest.mark.backend_free
TOLERANCE = 1e-3
# Config → (parameters, multiply-adds of an image at the config's size). Whole numbers are those of the original code
# and are met exactly; all others are met to a thousandth, as they are printed.
SIZES = {
    # Paper 000, Tables 1 and 2, which say 45.49 M and 45.85 M of SSD300.
    "mmd_alignment/paper_ssd300": ((45.49e6, 45.85e6), 12.678e9),
    "mmd_alignment/paper_msinet": (39.43e6, 9.483e9),
    "mmd_alignment/paper_joint": (51.17e6, 13.445e9),
    # The authors' torch networks of paper 002 without their log variances and the parts that they do not use.
    "pair_mapping/paper_nyuv2": (25_055_185, 68.60e9),
    "pair_mapping/paper_cityscapes": (25.018e6, 19.10e9),
    # The public FCN and DeepLabv3 with ResNet-101 at output stride 8, two classes and no auxiliary classifier.
    "class_agnostic/paper_fcn": (51_939_394, 53.98e9),
    "class_agnostic/paper_deeplab": (58_626_114, 60.28e9),
    # Paper 004 prints no counts: these follow from its description, 256 channels, 40 classes and 68 keypoints.
    "head_freeze/paper_indoor": (26.44e6, 9.73e9),
    "head_freeze/paper_faces": (26.64e6, None),
}
# What the paper's second stage freezes: all that comes after the second step up, the skip there included.
FROZEN = {"head_freeze/paper_indoor": 832_043}


def close(found, expected):
    """Whether a count is the expected one, or between two of them."""
    if isinstance(expected, int):
        return found == expected
    least, most = expected if isinstance(expected, tuple) else (expected, expected)
    return least * (1 - TOLERANCE) <= found <= most * (1 + TOLERANCE)


def count_frozen(network, stage):
    """Parameters that a stage freezes."""
    layers = [layer for part in stage.frozen for layer in network.part(part)]
    return sum(math.prod(weight.shape) for layer in layers for weight in layer.weights)


@pytest.mark.parametrize("name", SIZES)
def test_the_network_has_the_size_of_the_original(name):
    parameters, macs = SIZES[name]
    config, parts = load_config(name), load_parts()
    network = build_model(config, resolve(config, Data(config, parts), parts, read_labels=False), parts).network
    found = count_parameters(network), count_macs(network, config.image_size)
    assert close(found[0], parameters), found
    assert macs is None or close(found[1], macs), found
    if name in FROZEN:
        assert count_frozen(network, build_stages(config, parts)[-1]) == FROZEN[name]


@pytest.mark.parametrize(("found", "is_close"), [(1.0009e6, True), (1.0011e6, False), (0.9991e6, True), (0, False)])
def test_a_thousandth_is_close(found, is_close):
    assert close(found, 1e6) == is_close and not close(int(found), 10**6)
