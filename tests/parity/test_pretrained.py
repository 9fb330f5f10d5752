"""Files of other libraries' networks, written by these with random weights, against what the networks compute."""

import keras
import numpy as np
import pytest
from keras import ops

from tests.parity.test_backbones import IMAGES, MEAN, STD, ResNet, lively, nn, torch
from xdomain_keras.models import DeepLabHead, FCNHead, MultiHeadModel, build_backbone, load_pretrained
from xdomain_keras.models.pretrained import name_heads

NORMALIZED = torch.tensor(((IMAGES / 255 - MEAN) / STD).astype("float32").transpose(0, 3, 1, 2))
VGG16 = (64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512, "M")


def vgg16_features(normalize):
    """torchvision's `features` of VGG-16, with batch normalisation or without."""
    parts, channels = [], 3
    for count in VGG16:
        if count == "M":
            parts.append(nn.MaxPool2d(2, 2))
            continue
        parts += [nn.Conv2d(channels, count, 3, padding=1), *([nn.BatchNorm2d(count)] if normalize else []), nn.ReLU()]
        channels = count
    return nn.Sequential(*parts)


def write(features, path):
    torch.save({f"features.{key}": value for key, value in features.state_dict().items()}, path)


def run(module, inputs=NORMALIZED):
    with torch.no_grad():
        return module(inputs).numpy().transpose(0, 2, 3, 1)


def agree(own, expected):
    own = ops.convert_to_numpy(own)
    assert own.shape == expected.shape
    np.testing.assert_allclose(own, expected, atol=1e-5 * max(1.0, np.abs(expected).max()))


def test_vgg16_of_torchvision_sees_colours_as_torchvision_does(tmp_path):
    torch.manual_seed(0)
    features = vgg16_features(normalize=False)
    write(features, tmp_path / "vgg16.pth")
    backbone = build_backbone("vgg16", IMAGES.shape[1:], weights=tmp_path / "vgg16.pth")
    levels = backbone.predict(IMAGES, verbose=0)
    for level, stop in {"c2": 16, "c3": 23, "c4": 30, "c5": 31}.items():
        agree(levels[level], run(features[:stop]))
    backbone.save(tmp_path / "own.keras")  # the scale is saved with the weights, and comes back from the file
    again = build_backbone("vgg16", IMAGES.shape[1:], weights=tmp_path / "own.keras")
    agree(again.predict(IMAGES, verbose=0)["c5"], levels["c5"])


def test_the_encoder_of_segnet_takes_vgg16_with_batch_normalisation(tmp_path):
    torch.manual_seed(0)
    features = lively(vgg16_features(normalize=True))
    write(features, tmp_path / "vgg16_bn.pth")
    images = IMAGES[:, :64, :96]
    backbone = build_backbone("segnet", images.shape[1:], weights=tmp_path / "vgg16_bn.pth")
    agree(backbone.predict(images, verbose=0)["c5"], run(features, NORMALIZED[:, :, :64, :96]))


@pytest.mark.parametrize(
    ("name", "application", "taps"),
    [
        ("vgg16", "VGG16", {"c2": "block3_conv3", "c5": "block5_pool"}),
        ("efficientnet_b3", "EfficientNetB3", {"c2": "block2c_add", "c5": "top_activation"}),
    ],
)
def test_files_of_keras_applications(name, application, taps, tmp_path):
    """EfficientNet's file has ImageNet's mean and deviation in it, which stand in front of ours."""
    keras.utils.set_random_seed(0)
    theirs = getattr(keras.applications, application)(include_top=False, weights=None, input_shape=(64, 96, 3))
    inputs = IMAGES[:, :64, :96]
    if name == "vgg16":
        expected = inputs[..., ::-1] - np.float32([103.939, 116.779, 123.68])
    else:
        normalization = next(layer for layer in theirs.layers if isinstance(layer, keras.layers.Normalization))
        values = (np.float32(MEAN), np.float32(STD**2), np.zeros((), "int64"))
        normalization.load_own_variables({str(number): value for number, value in enumerate(values)})
        expected = inputs
    theirs.save_weights(tmp_path / "theirs.weights.h5")
    tapped = keras.Model(theirs.input, {level: theirs.get_layer(layer).output for level, layer in taps.items()})
    levels = build_backbone(name, (64, 96, 3), weights=tmp_path / "theirs.weights.h5").predict(inputs, verbose=0)
    for level, value in tapped.predict(expected, verbose=0).items():
        agree(levels[level], value)


class ASPP(nn.Module):
    """torchvision's ASPP of DeepLabv3 (Chen et al. 2017), with its names."""

    def __init__(self, channels, filters, rates):
        super().__init__()

        def branch(kernel, rate):
            convolution = nn.Conv2d(channels, filters, kernel, padding=rate * (kernel > 1), dilation=rate, bias=False)
            return nn.Sequential(convolution, nn.BatchNorm2d(filters), nn.ReLU())

        pooling = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, filters, 1, bias=False), nn.BatchNorm2d(filters), nn.ReLU()
        )
        self.convs = nn.ModuleList([branch(1, 1), *(branch(3, rate) for rate in rates), pooling])
        self.project = nn.Sequential(
            nn.Conv2d(5 * filters, filters, 1, bias=False), nn.BatchNorm2d(filters), nn.ReLU(), nn.Dropout(0.5)
        )

    def forward(self, x):
        maps = [branch(x) for branch in self.convs]
        return self.project(torch.cat([each.expand(-1, -1, *x.shape[2:]) for each in maps], 1))


class Segmenter(nn.Module):
    """torchvision's segmentation networks: `backbone`, `classifier` on its last stage, `aux_classifier` before it."""

    def __init__(self, filters=8, classes=5, rates=(2, 3, 4)):
        super().__init__()
        self.backbone = ResNet((2, 2, 2, 2), (3, 3), 8, (2, 4))

        def end(channels):
            return [nn.Conv2d(channels, filters, 3, padding=1, bias=False), nn.BatchNorm2d(filters), nn.ReLU()]

        self.classifier = nn.Sequential(ASPP(64, filters, rates), *end(filters), nn.Conv2d(filters, classes, 1))
        self.aux_classifier = nn.Sequential(*end(32), nn.Dropout(0.1), nn.Conv2d(filters, classes, 1))

    def forward(self, x):
        levels = self.backbone(x)
        return self.classifier(levels["c5"]), self.aux_classifier(levels["c4"])


@pytest.fixture
def segmenter(tmp_path):
    torch.manual_seed(0)
    network = lively(Segmenter())
    torch.save(network.state_dict(), tmp_path / "deeplab.pth")
    return network, tmp_path / "deeplab.pth"


def load(path, heads):
    backbone = build_backbone("resnet18", IMAGES.shape[1:], width=0.125, output_stride=8)
    network = MultiHeadModel(backbone, heads)
    return network, load_pretrained(network.backbone, path, {"name": "resnet", "depth": 18}, name_heads(network))


def test_segmentation_checkpoints_come_with_their_heads(segmenter):
    network, path = segmenter
    heads = {"rooms": DeepLabHead(5, filters=8, rates=(2, 3, 4)), "deep": FCNHead(5, tap="c4")}
    model, loaded = load(path, heads)
    assert not (loaded.unused or loaded.misfits or loaded.random), str(loaded)
    outputs = model.predict(IMAGES, verbose=0)
    with torch.no_grad():
        expected = [value.numpy().transpose(0, 2, 3, 1) for value in network(NORMALIZED)]
    for task, value in zip(heads, expected, strict=True):
        agree(outputs[task], value)


def test_what_a_head_does_not_take_is_said(segmenter):
    model, loaded = load(segmenter[1], {"rooms": DeepLabHead(3, filters=8, rates=(2, 3, 4))})
    assert set(loaded.misfits) == {"classifier.4.weight", "classifier.4.bias"}
    assert loaded.misfits["classifier.4.bias"] == "5 for 3"
    assert loaded.unused and all(key.startswith("aux_classifier") for key in loaded.unused)
