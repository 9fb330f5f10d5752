import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import ops

from xdomain_keras.errors import ConfigError
from xdomain_keras.models import MultiHeadModel, SSDHead, ThinHead

IMAGES = np.random.default_rng(0).uniform(0, 255, (2, 64, 64, 3)).astype("float32")
DETECTION = SSDHead(3, taps=("c4", "c5"), extras=((4, 8, "strided"),), aspect_ratios=(2,))
SALIENCY = ThinHead(filters=4, decoder_filters=(8, 4), skips=("c4",))


def small_backbone():
    """A pyramid in few layers, since each compiles on its own on JAX."""
    x = images = keras.Input((64, 64, 3), name="images")
    x, levels = keras.layers.Rescaling(1 / 255)(x), {}
    for stage, (filters, stride) in enumerate([(4, 4), (6, 2), (8, 2), (10, 2)], start=1):
        x = keras.layers.Conv2D(filters, stride, stride, activation="relu", name=f"backbone_layer{stage}_conv")(x)
        x = levels[f"c{stage + 1}"] = keras.layers.BatchNormalization(name=f"backbone_layer{stage}_bn")(x)
    return keras.Model(images, levels, name="backbone")


def build(heads=None, **options):
    return MultiHeadModel(small_backbone(), heads or {"detection": DETECTION, "saliency": SALIENCY}, **options)


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    return build()


def to_numpy(outputs):
    return {key: ops.convert_to_numpy(value) for key, value in outputs.items()}


def assert_same(outputs, expected, **tolerance):
    assert set(outputs) == set(expected)
    for key, value in to_numpy(expected).items():
        np.testing.assert_allclose(to_numpy(outputs)[key], value, **tolerance)


def test_outputs_are_float32_tensors_by_task(model):
    outputs = model(IMAGES)
    assert {
        key: (tuple(value.shape), keras.backend.standardize_dtype(value.dtype)) for key, value in outputs.items()
    } == {
        "detection": ((2, 84, 8), "float32"),
        "saliency": ((2, 8, 8, 1), "float32"),
    }


def test_half_precision_ends_in_float32():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        built = build()
    finally:
        keras.config.set_dtype_policy(before)
    assert {output.dtype for output in built.output.values()} == {"float32"}
    assert built.backbone.output["c5"].dtype == "bfloat16"


def test_it_trains_with_compile_and_fit(model):
    trained = MultiHeadModel.from_config(model.get_config())
    targets = {task: np.zeros((2, *output.shape[1:]), "float32") for task, output in model.output.items()}
    trained.compile(optimizer=keras.optimizers.SGD(1e-3), loss={"detection": "mse", "saliency": "mse"})
    history = trained.fit(IMAGES, targets, epochs=4, verbose=0).history["loss"]
    assert history[-1] < history[0]


def test_features_are_levels_and_their_mean(model):
    assert sorted(model.features) == ["c2", "c3", "c4", "c5", "pooled"]
    features = model.subnetwork(outputs=(), features=("c5", "pooled"))(IMAGES)["features"]
    level = ops.convert_to_numpy(features["c5"])
    np.testing.assert_allclose(ops.convert_to_numpy(features["pooled"]), level.mean(axis=(1, 2)), atol=1e-5)


def test_subnetwork_shares_layers_and_leaves_the_rest_out(model):
    network = model.subnetwork(outputs=("saliency",), features=("pooled",))
    result = network(IMAGES)
    assert set(result) == {"outputs", "features"} and set(result["features"]) == {"pooled"}
    assert_same(result["outputs"], {"saliency": model(IMAGES)["saliency"]}, atol=1e-5)
    assert not [layer for layer in network.layers if layer.name.startswith("detection_")]
    assert {id(weight) for weight in network.weights} <= {id(weight) for weight in model.weights}
    assert set(model.subnetwork()(IMAGES)["outputs"]) == {"detection", "saliency"}


def test_levels_that_no_head_needs_are_cut_off():
    built = build({"saliency": ThinHead(tap="c4", filters=2, decoder_filters=(2,))})
    assert sorted(built.features) == ["c2", "c3", "c4", "pooled"]
    assert not [weight for weight in built.weights if "layer4" in weight.path]
    assert built.features["pooled"].shape == (None, 8)


def test_levels_can_be_kept_for_later(tmp_path):
    heads = {"saliency": ThinHead(tap="c4", filters=2, decoder_filters=(2,))}
    built = build(heads, keep=("c5",))
    assert "c5" in built.features and [weight for weight in built.weights if "layer4" in weight.path]
    assert [layer.name for layer in built.part("backbone_layer4")] == ["backbone_layer4_conv", "backbone_layer4_bn"]
    built.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.keep == ("c5",)
    features = [network.subnetwork((), ("c5",))(IMAGES)["features"] for network in (built, loaded)]
    assert_same(*features, atol=1e-5)


def twin_backbone():
    """Two levels of the same shape."""
    images = keras.Input((8, 8, 3))
    levels = {f"c2_{task}": keras.layers.Conv2D(4, 4, 4, name=f"backbone_{task}")(images) for task in ("near", "far")}
    return keras.Model(images, {**levels, "c3": keras.layers.Conv2D(4, 8, 8)(images)}, name="backbone")


def test_a_head_reads_the_level_of_its_task_and_can_be_sent_to_another():
    head = ThinHead(tap="c2", filters=2, decoder_filters=(2,))
    network = MultiHeadModel(twin_backbone(), {"near": head, "far": head}, keep=("c3",))
    assert network.levels_below(outputs=["near"]) == ["c2_near"]
    assert network.levels_below(outputs=["far"], features=["c3"]) == ["c2_far", "c3"]
    images = IMAGES[:, :8, :8]
    level = network.encoder(["c2_far"])(images)["c2_far"]
    expected = keras.Model(network.backbone.output["c2_near"], network.output["near"])(level)
    sent = network.subnetwork(taps={"near": "c2_far"})(images)["outputs"]
    assert_same({"near": sent["near"]}, {"near": expected}, atol=1e-6)
    assert_same({"far": sent["far"]}, {"far": network(images)["far"]}, atol=1e-6)
    with pytest.raises(ConfigError, match=r"the head of 'near' reads c2_near \(2, 2, 4\); it cannot read 'c3'"):
        network.read_from("near", "c3")


def test_parts_cover_all_weights_once(model):
    parts = [model.part(name) for name in ("backbone", "detection", "saliency")]
    weights = [id(weight) for part in parts for layer in part for weight in layer.weights]
    assert sorted(weights) == sorted(id(weight) for weight in model.weights)


def test_a_frozen_part_stays(model):
    built = MultiHeadModel.from_config(model.get_config())
    for layer in built.part("backbone"):
        layer.trainable = False
    names = {weight.path.split("_")[0] for weight in built.trainable_variables}
    assert names == {"detection", "saliency"}
    for layer in built.part("backbone_layer4"):
        layer.trainable = True
    assert {weight.path.split("/")[0][:15] for weight in built.trainable_variables if "backbone" in weight.path} == {
        "backbone_layer4"
    }


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda model: model.part("detektion"), "did you mean `detection`"),
        (lambda model: model.subnetwork(outputs=("salience",)), "did you mean `saliency`"),
        (lambda model: model.subnetwork(features=("c9",)), "unknown feature `c9`"),
        (lambda model: build({"depth": SALIENCY, "depth_near": SALIENCY}), "taken for those of 'depth'"),
        (lambda model: build({"backbone": SALIENCY}), "taken for those of 'backbone'"),
        (lambda model: build(keep=("c55",)), "unknown level `c55`; did you mean `c5`"),
        (lambda model: model.read_from("saliency", "c6"), "unknown level `c6`"),
    ],
)
def test_mistakes_are_said(model, act, message):
    with pytest.raises(ConfigError, match=message):
        act(model)


def test_a_saved_model_is_the_same(model, tmp_path):
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert isinstance(loaded, MultiHeadModel) and loaded.heads == model.heads
    assert_same(loaded(IMAGES), model(IMAGES), atol=1e-5)
    assert [layer.name for layer in loaded.part("saliency")] == [layer.name for layer in model.part("saliency")]


def test_a_foreign_backbone_is_saved_too(tmp_path):
    images = keras.Input((32, 32, 3))
    fine = keras.layers.Conv2D(4, 4, 4)(images)
    model = MultiHeadModel(
        keras.Model(images, {"P2": fine, "P3": keras.layers.Conv2D(4, 2, 2)(fine)}),
        {"saliency": ThinHead(tap="c2", filters=2, decoder_filters=())},
    )
    model.save(tmp_path / "model.keras")
    assert_same(keras.models.load_model(tmp_path / "model.keras")(IMAGES[:, :32, :32]), model(IMAGES[:, :32, :32]))


def test_another_backend_computes_the_same(model, tmp_path):
    backend = "tensorflow" if keras.backend.backend() == "torch" else "torch"
    pytest.importorskip(backend)
    model.save(tmp_path / "model.keras")
    np.save(tmp_path / "images.npy", IMAGES)
    program = (
        "import sys, numpy as np, keras, xdomain_keras.models; folder = sys.argv[1]\n"
        "outputs = keras.models.load_model(folder + '/model.keras')(np.load(folder + '/images.npy'))\n"
        "np.savez(folder + '/outputs.npz', **{key: keras.ops.convert_to_numpy(x) for key, x in outputs.items()})"
    )
    environment = {**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True, env=environment)
    assert_same(dict(np.load(tmp_path / "outputs.npz")), model(IMAGES), atol=1e-4)
