import importlib
import shutil

import keras
import numpy as np
import pytest

from xdomain_keras.errors import ConfigError
from xdomain_keras.extras import is_installed
from xdomain_keras.models import build_backbone, hub
from xdomain_keras.models.hub import describe, resolve_backbone

TINY = {"stackwise_num_filters": [64, 16], "stackwise_num_blocks": [1, 1], "stackwise_num_strides": [1, 2]}
TINY_CV = {"stackwise_filters": [64, 16], "stackwise_blocks": [1, 1], "stackwise_strides": [1, 2]}


@pytest.fixture(scope="module")
def keras_hub():
    if not is_installed("keras_hub"):
        pytest.skip("keras_hub is not installed")
    return importlib.import_module("keras_hub")


@pytest.fixture(scope="module")
def keras_cv():
    if not is_installed("keras_cv"):
        pytest.skip("keras_cv is not installed")
    return importlib.import_module("keras_cv")


@pytest.fixture(scope="module")
def photographs():
    return np.random.default_rng(3).uniform(0, 255, (2, 64, 96, 3)).astype("float32")


@pytest.fixture
def preset(keras_hub, tmp_path):
    """(folder of a preset, its backbone, its image converter)"""
    keras.utils.set_random_seed(1)
    options = {"input_conv_filters": [64], "input_conv_kernel_sizes": [7], "block_type": "basic_block", **TINY}
    backbone = keras_hub.models.ResNetBackbone(**options)
    scale, offset = [1 / 58, 1 / 57, 1 / 60], [-2.1, -2.0, -1.8]
    converter = keras_hub.layers.ResNetImageConverter(image_size=(32, 32), scale=scale, offset=offset)
    backbone.save_to_preset(str(tmp_path / "preset"))
    converter.save_to_preset(str(tmp_path / "preset"))
    converter.image_size = None
    return tmp_path / "preset", backbone, converter


def levels_of(network, images):
    return {level: keras.ops.convert_to_numpy(x) for level, x in network(images, training=False).items()}


def assert_same_levels(found, wanted):
    assert set(found) == {f"c{level[1:]}" for level in wanted}
    for level, tensor in wanted.items():
        tensor = keras.ops.convert_to_numpy(tensor)
        np.testing.assert_allclose(found[f"c{level[1:]}"], tensor, atol=1e-5 * np.abs(tensor).max())


def test_a_preset_of_keras_hub_computes_what_it_computes_there(preset, photographs):
    folder, backbone, converter = preset
    ours = build_backbone("keras_hub", (64, 96, 3), weights="imagenet", preset=str(folder))
    there = keras.Model(backbone.inputs, backbone.pyramid_outputs)
    assert_same_levels(levels_of(ours, photographs), there(converter(photographs), training=False))
    assert all(not isinstance(layer, keras.Model) for layer in ours.layers)  # so that parts can be frozen


def test_without_weights_a_preset_begins_at_random(preset):
    folder, backbone, _ = preset
    ours = build_backbone("keras_hub", (64, 96, 3), preset=str(folder))
    first = [next(layer for layer in each.layers if layer.weights).get_weights()[0] for each in (ours, backbone)]
    assert first[0].shape == first[1].shape and not np.array_equal(*first)


def test_what_is_resolved_needs_the_preset_no_more(preset, photographs):
    folder, _, _ = preset
    options = {"name": "keras_hub", "preset": str(folder)}
    resolved, before = resolve_backbone(options), build_backbone(**options, input_shape=(64, 96, 3))
    shutil.rmtree(folder)
    after = build_backbone(**resolved, input_shape=(64, 96, 3))
    after.set_weights(before.get_weights())
    np.testing.assert_array_equal(levels_of(after, photographs)["c3"], levels_of(before, photographs)["c3"])


def test_presets_inside_other_backbones_are_resolved_too(preset):
    options = {"name": "feature_pyramid", "encoder": {"name": "keras_hub", "preset": str(preset[0])}}
    resolved = resolve_backbone(options)
    assert resolved["encoder"]["architecture"]["class"] == "ResNetBackbone" and resolved["name"] == "feature_pyramid"
    assert resolve_backbone(resolved) is None  # once is enough


def test_levels_are_found_where_keras_hub_names_none(keras_hub, tmp_path, photographs):
    network = keras_hub.models.VGGBackbone(stackwise_num_repeats=[1, 1, 1, 1], stackwise_num_filters=[4, 4, 8, 8])
    network.save_to_preset(str(tmp_path / "vgg"))
    ours = build_backbone("keras_hub", (64, 96, 3), weights="imagenet", preset=str(tmp_path / "vgg"))
    levels = levels_of(ours, photographs)
    assert {level: x.shape[1:] for level, x in levels.items()} == {"c2": (16, 24, 8), "c3": (8, 12, 8), "c4": (4, 6, 8)}
    wanted = keras.ops.convert_to_numpy(network(photographs))
    np.testing.assert_allclose(levels["c4"], wanted, atol=1e-5 * np.abs(wanted).max())


def test_a_class_of_keras_cv_computes_what_it_computes_there(keras_cv, photographs):
    keras.utils.set_random_seed(1)
    options = {"include_rescaling": True, "block_type": "basic_block", **TINY_CV}
    ours = build_backbone("keras_cv", (64, 96, 3), model="ResNetBackbone", options=options)
    there = keras_cv.models.ResNetBackbone(**options)
    levels = {level: there.get_layer(name).output for level, name in there.pyramid_level_inputs.items()}
    there.set_weights(ours.get_weights())
    wanted = keras.Model(there.inputs, levels)(photographs, training=False)
    assert_same_levels(levels_of(ours, photographs), wanted)


def test_a_folder_of_keras_cv_brings_its_weights(keras_cv, tmp_path, photographs):
    network = keras_cv.models.ResNetBackbone(include_rescaling=True, block_type="basic_block", **TINY_CV)
    keras_cv.src.utils.preset_utils.save_to_preset(network, str(tmp_path / "kept"))
    ours = build_backbone("keras_cv", (64, 96, 3), weights="imagenet", model=str(tmp_path / "kept"))
    level, name = max(network.pyramid_level_inputs.items())
    wanted = keras.Model(network.inputs, network.get_layer(name).output)(photographs, training=False)
    assert_same_levels({f"c{level[1:]}": levels_of(ours, photographs)[f"c{level[1:]}"]}, {level: wanted})


@pytest.mark.parametrize(
    ("library", "options", "said"),
    [
        ("keras_cv", {"model": "ResNet50V2Backbon"}, "unknown model `ResNet50V2Backbon`"),
        ("keras_cv", {"model": "ResNetBackbone", "options": {"depth": 3}}, "keras_cv: ResNetBackbone cannot be had"),
        ("keras_cv", {"model": "./nowhere"}, "keras_cv: ./nowhere cannot be had"),
        ("keras_hub", {"preset": "./nowhere"}, "keras_hub: ./nowhere cannot be had"),
        ("keras_hub", {"preset": "x", "architecture": {"class": "Dense"}}, "'Dense' is not one of its backbones"),
    ],
)
def test_what_cannot_be_had_is_one_line(library, options, said, request):
    request.getfixturevalue(library)
    with pytest.raises(ConfigError) as caught:
        build_backbone(library, (64, 96, 3), **options)
    assert said in str(caught.value) and "\n" not in str(caught.value) and len(str(caught.value)) < 420


def test_a_backbone_of_no_images_is_refused(keras_hub):
    text = keras_hub.models.BertBackbone(
        vocabulary_size=9, num_layers=1, num_heads=1, hidden_dim=4, intermediate_dim=4, max_sequence_length=8
    )
    architecture = {"class": "BertBackbone", "config": text.get_config()}
    with pytest.raises(ConfigError, match="BertBackbone is not a backbone of images"):
        build_backbone("keras_hub", (64, 96, 3), preset="bert", architecture=architecture)


def test_a_missing_library_is_named_with_its_extra(monkeypatch):
    monkeypatch.setattr("xdomain_keras.extras.is_installed", lambda package: False)
    for library, extra in hub.EXTRAS.items():
        with pytest.raises(ConfigError, match=rf"{library}, which is not installed; .*\[{extra}\]"):
            describe(library, {"preset": "resnet_50_imagenet", "model": "ResNetBackbone"})
