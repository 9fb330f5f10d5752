import keras
import numpy as np
import pytest
from keras import ops

from tests.unit.jitted import jitted
from xdomain_keras.errors import ConfigError
from xdomain_keras.evaluation.profile import count_parameters
from xdomain_keras.models import MultiHeadModel, SegNetHead, build_backbone, mtan

TASKS = {"segmentation": 13, "depth": 1, "normals": 3}
IMAGES = np.random.default_rng(0).uniform(0, 255, (2, 32, 64, 3)).astype("float32")


def build(size, heads=TASKS, **options):
    backbone = build_backbone("mtan", (*size, 3), tasks=list(heads), **options)
    return MultiHeadModel(backbone, {task: SegNetHead(count, f"c0_{task}") for task, count in heads.items()})


@pytest.fixture(scope="module")
def model():
    """A small network whose shifts keep the features alive."""
    keras.utils.set_random_seed(0)
    built = build((32, 64), {"depth": 1, "normals": 3}, width=1 / 32)
    for layer in built.backbone.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.beta.assign(0.5 + ops.zeros(layer.beta.shape))
    return built


@pytest.mark.backend_free
def test_parameters_are_those_of_the_authors_code():
    network = build((288, 384))
    assert count_parameters(network) == 44_229_076 - 3  # without the log variances
    assert network.levels == ("c0_depth", "c0_normals", "c0_segmentation", "c5")


def test_each_task_has_a_level_and_the_encoder_is_shared(model):
    levels = {level: tensor.shape for level, tensor in model.backbone.output.items()}
    assert levels == {"c0_depth": (None, 32, 64, 8), "c0_normals": (None, 32, 64, 8), "c5": (None, 1, 2, 16)}
    assert model.features["pooled"].shape == (None, 16)


def test_a_task_is_attended_by_its_own_masks(model):
    """With a mask of ones a stream ends in the shared decoder's last features, with one of zeros in nothing."""
    last = model.get_layer("backbone_decoder0_1_relu").output
    read = keras.Model(model.input, [last, *(model.features[f"c0_{task}"] for task in ("depth", "normals"))])
    norm = model.get_layer("backbone_depth_decoder0_mask_bn")
    before = norm.get_weights()
    for offset, expected in ((100.0, 1.0), (-100.0, 0.0)):
        norm.set_weights([np.zeros_like(before[0]), np.full_like(before[1], offset), *before[2:]])
        shared, depth, normals = read.predict(IMAGES, verbose=0)
        np.testing.assert_allclose(depth, expected * shared, atol=1e-6)
        assert 0.1 < np.abs(normals).sum() / np.abs(shared).sum() < 0.9
    norm.set_weights(before)


def test_streams_share_the_convolutions_between_stages(model):
    names = {layer.name for layer in model.backbone.layers if isinstance(layer, keras.layers.Conv2D)}
    assert sum(name.startswith("backbone_attention_") for name in names) == 10
    assert sum(name.startswith("backbone_depth_") for name in names) == 20
    assert all(len(model.get_layer(f"backbone_attention_encoder{stage}")._inbound_nodes) == 2 for stage in range(5))
    assert len(model.part("backbone_normals")) > 20


def test_a_saved_model_is_the_same(model, tmp_path):
    model.save(tmp_path / "model.keras")
    loaded = jitted(keras.models.load_model(tmp_path / "model.keras"))(ops.convert_to_tensor(IMAGES))
    expected = jitted(model)(ops.convert_to_tensor(IMAGES))
    for task, output in expected.items():
        np.testing.assert_allclose(
            ops.convert_to_numpy(loaded[task]), ops.convert_to_numpy(output), atol=1e-5, err_msg=task
        )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tasks": []}, "name every task"),
        ({"tasks": ["depth", "depth"]}, "name every task"),
        ({}, "`tasks` is missing"),
    ],
)
def test_mistakes_are_said(options, message):
    with pytest.raises(ConfigError, match=message):
        build_backbone("mtan", (32, 32, 3), **options)


def test_a_size_that_does_not_halve_five_times_is_refused():
    with pytest.raises(ConfigError, match="multiples of 32"):
        mtan((48, 64, 3), ["depth"])


@pytest.mark.skipif(keras.backend.backend() == "jax", reason="the step alone takes half a minute to compile")
def test_every_stream_learns(model):
    trained = MultiHeadModel.from_config(model.get_config())
    before = {layer.name: layer.get_weights() for layer in trained.layers if layer.trainable_variables}
    trained.compile(keras.optimizers.Adam(1e-3), loss={"depth": "mse", "normals": "mse"}, run_eagerly=True)
    trained.fit(IMAGES, {"depth": np.ones((2, 32, 64, 1)), "normals": np.ones((2, 32, 64, 3))}, verbose=0)
    still = [
        name
        for name, weights in before.items()
        if all(np.array_equal(*pair) for pair in zip(weights, trained.get_layer(name).get_weights(), strict=True))
    ]
    assert not still
