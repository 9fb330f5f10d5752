import keras
import numpy as np
import pytest
from keras import ops

from xdomain_keras.errors import ConfigError
from xdomain_keras.models import DeconvHead, KeypointsHead, MultiHeadModel, build_backbone

SMALL = {"encoder": {"name": "resnet18", "width": 0.125}, "channels": 8}


def test_each_step_adds_the_level_of_its_size():
    """With 1x1 and 3x3 kernels that pass everything on, the finest level is the sum of all, stretched."""
    backbone = build_backbone("feature_pyramid", (64, 64, 3), **SMALL)
    inner = ("backbone_layer4_1_out", "backbone_layer3_1_out", "backbone_layer2_1_out", "backbone_layer1_1_out")
    both = keras.Model(backbone.input, [backbone.output["c2"], *(backbone.get_layer(name).output for name in inner)])
    for layer in backbone.layers:
        if isinstance(layer, keras.layers.Conv2D) and "_up" in layer.name:
            kernel = np.zeros(layer.kernel.shape, "float32")
            middle = kernel.shape[0] // 2
            kernel[middle, middle] = np.eye(*kernel.shape[2:])
            layer.kernel.assign(kernel)
    finest, *levels = both(np.random.default_rng(0).uniform(0, 255, (1, 64, 64, 3)).astype("float32"))
    expected = 0
    for level, factor in zip(levels, (8, 4, 2, 1), strict=True):
        level = np.repeat(np.repeat(ops.convert_to_numpy(level), factor, axis=1), factor, axis=2)
        expected = expected + level @ np.eye(level.shape[-1], 8)
    np.testing.assert_allclose(ops.convert_to_numpy(finest), expected, rtol=1e-4, atol=1e-4)


def test_depths_are_the_same_everywhere_and_heatmaps_are_not():
    backbone = build_backbone("feature_pyramid", (64, 64, 3), **SMALL)
    network = MultiHeadModel(backbone, {"keypoints": KeypointsHead(3, hidden=4)})
    images = np.random.default_rng(0).uniform(0, 255, (2, 64, 64, 3)).astype("float32")
    output = ops.convert_to_numpy(network(images)["keypoints"])
    assert output.shape == (2, 32, 32, 6)
    assert np.ptp(output[..., 3:], axis=(1, 2)).max() == 0 and np.ptp(output[..., :3], axis=(1, 2)).min() > 0


def test_a_network_with_these_heads_is_saved_and_restored(tmp_path):
    heads = {"normals": DeconvHead(3), "keypoints": KeypointsHead(2, hidden=4)}
    network = MultiHeadModel(build_backbone("feature_pyramid", (64, 64, 3), **SMALL), heads)
    network.save(tmp_path / "model.keras")
    images = np.random.default_rng(0).uniform(0, 255, (1, 64, 64, 3)).astype("float32")
    for task, output in keras.saving.load_model(tmp_path / "model.keras")(images).items():
        assert output.shape[1:3] == (32, 32)
        np.testing.assert_allclose(
            ops.convert_to_numpy(output), ops.convert_to_numpy(network(images)[task]), rtol=1e-4, atol=1e-5
        )


@pytest.mark.parametrize(
    ("size", "encoder", "message"),
    [
        ((64, 64, 3), {"name": "generator"}, "the encoder has no level c5"),
        ((64, 64, 3), {"name": "resnet18", "output_stride": 8}, r"c4 is \(8, 8\), the level below it \(8, 8\)"),
        ((48, 64, 3), {"name": "resnet18", "width": 0.125}, "multiples of 32"),
        ((64, 64, 3), {"name": "resnet81"}, "unknown name `resnet81`; did you mean"),
    ],
)
def test_what_it_cannot_be(size, encoder, message):
    with pytest.raises(ConfigError, match=message):
        build_backbone("feature_pyramid", size, encoder=encoder)
