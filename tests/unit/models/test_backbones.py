import keras
import numpy as np
import pytest
from keras import ops

from xdomain_keras.errors import ConfigError
from xdomain_keras.evaluation.profile import count_parameters
from xdomain_keras.models import (
    DeepLabHead,
    MultiHeadModel,
    as_backbone,
    build_backbone,
)

SMALL = {
    "resnet18": {"width": 0.125},
    "resnet50": {"width": 0.125},
    "densenet161": {"width": 0.125, "num_layers": (2, 2, 2, 2)},
}


def shapes(model):
    return {level: tuple(tensor.shape[1:]) for level, tensor in model.output.items()}


@pytest.mark.backend_free
def test_resnet50_has_the_levels_of_the_paper_at_300_pixels():
    assert shapes(build_backbone("resnet50", (300, 300, 3), width=0.125)) == {
        "c2": (75, 75, 32),
        "c3": (38, 38, 64),
        "c4": (19, 19, 128),
        "c5": (10, 10, 256),
    }


@pytest.mark.backend_free
@pytest.mark.parametrize("name", ["resnet18", "densenet161", "vgg16"])
def test_strides_are_4_to_32_on_a_wide_image(name):
    model = build_backbone(name, (64, 96, 3), **SMALL.get(name, {}))
    assert isinstance(model.input, keras.KerasTensor)
    assert [shape[:2] for shape in shapes(model).values()] == [(16, 24), (8, 12), (4, 6), (2, 3)]


@pytest.mark.backend_free
@pytest.mark.parametrize(
    ("name", "output_stride", "sizes"),
    [("resnet18", 8, [16, 8, 8, 8]), ("resnet18", 16, [16, 8, 4, 4]), ("resnet50", 8, [16, 8, 8, 8])],
)
def test_dilation_stands_in_for_stride(name, output_stride, sizes):
    plain = build_backbone(name, (64, 64, 3), width=0.125)
    model = build_backbone(name, (64, 64, 3), width=0.125, output_stride=output_stride)
    assert [shape[0] for shape in shapes(model).values()] == sizes
    assert {weight.path: weight.shape for weight in model.weights} == {w.path: w.shape for w in plain.weights}


@pytest.mark.backend_free
def test_resnet18_with_five_deeplab_heads_has_the_parameters_of_paper_002():
    heads = {"segmentation": 21, "parts": 7, "normals": 3, "salient": 1, "edges": 1}
    backbone = build_backbone("resnet18", (64, 64, 3), output_stride=8)
    model = MultiHeadModel(backbone, {task: DeepLabHead(channels) for task, channels in heads.items()})
    assert count_parameters(model) == 34_795_873
    assert {tensor.shape[1:3] for tensor in model.output.values()} == {(8, 8)}


def test_the_depth_is_in_the_name_or_an_option():
    assert shapes(build_backbone("resnet", (64, 64, 3), depth=34, width=0.125)) == shapes(
        build_backbone("resnet34", (64, 64, 3), width=0.125)
    )


def test_normalisation_is_inside():
    """Colours of ImageNet's mean are zero to the first convolution, and one deviation more is one."""
    model = build_backbone("resnet18", (32, 32, 3), width=0.125)
    normalize = model.get_layer("backbone_normalize")
    mean, std = np.array([123.675, 116.28, 103.53]), np.array([58.395, 57.12, 57.375])
    np.testing.assert_allclose(
        ops.convert_to_numpy(normalize(mean[None, None, None])), np.zeros((1, 1, 1, 3)), atol=1e-5
    )
    np.testing.assert_allclose(
        ops.convert_to_numpy(normalize((mean + std)[None, None, None])), np.ones((1, 1, 1, 3)), atol=1e-5
    )


def test_vgg16_reads_blue_first_without_the_mean():
    model = build_backbone("vgg16", (32, 32, 3))
    normalized = keras.Model(model.input, model.get_layer("backbone_normalize").output)
    image = np.broadcast_to(np.float32([10, 20, 30]), (1, 32, 32, 3))
    expected = np.array([30, 20, 10]) - [103.939, 116.779, 123.68]
    np.testing.assert_allclose(ops.convert_to_numpy(normalized(image))[0, 0, 0], expected, atol=1e-4)


@pytest.mark.parametrize("name", SMALL)
def test_saved_weights_come_back(name, tmp_path):
    model = build_backbone(name, (32, 32, 3), **SMALL[name])
    model.save_weights(tmp_path / "backbone.weights.h5")
    again = build_backbone(name, (32, 32, 3), weights=str(tmp_path / "backbone.weights.h5"), **SMALL[name])
    for before, after in zip(model.weights, again.weights, strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(before), ops.convert_to_numpy(after))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "resnet5o"}, "did you mean `resnet50`"),
        ({"name": "resnet", "depth": 51}, "`depth` is 51; input should be 18, 34, 50 or 101"),
        ({"name": "resnet18", "widht": 2}, "did you mean `width`"),
        ({"name": "resnet18", "width": "wide"}, "width"),
        ({"name": "resnet18", "output_stride": 4}, "`output_stride` is 4; input should be 8, 16 or 32"),
        ({"name": "resnet18", "width": 0.125, "weights": "no.pth"}, "no.pth is not a file"),
    ],
)
def test_mistakes_are_said_in_one_line(options, message):
    with pytest.raises(ConfigError, match=message) as error:
        build_backbone(input_shape=(32, 32, 3), **options)
    assert "\n" not in str(error.value)


class Named:
    """What keras_cv backbones look like: levels are names of layers."""

    def __init__(self, model, levels):
        self.model, self.pyramid_level_inputs, self.name = model, levels, "named"

    def __getattr__(self, name):
        return getattr(self.model, name)


def plain_model():
    images = keras.Input((32, 32, 3))
    fine = keras.layers.Conv2D(4, 4, 4, name="fine")(images)
    coarse = keras.layers.Conv2D(6, 2, 2, name="coarse")(fine)
    return keras.Model(images, coarse), {"P2": fine, "P3": coarse}


def test_other_libraries_backbones_are_taken():
    model, pyramid = plain_model()
    hub = keras.Model(model.input, model.output)
    hub.pyramid_outputs = pyramid
    expected = {"c2": (8, 8, 4), "c3": (4, 4, 6)}
    assert shapes(as_backbone(hub)) == expected
    assert shapes(as_backbone(Named(model, {"P3": "coarse", "P2": "fine"}))) == expected
    assert shapes(as_backbone(keras.Model([model.input], pyramid))) == expected


def test_a_backbone_of_this_package_is_taken_as_it_is():
    model = build_backbone("resnet18", (32, 32, 3), width=0.125)
    assert as_backbone(model) is model


def test_no_pyramid_is_refused():
    model, pyramid = plain_model()
    with pytest.raises(ConfigError, match="yields no pyramid"):
        as_backbone(model)
    levels = as_backbone(keras.Model(model.input, {"c2_depth": pyramid["P2"], "c3": pyramid["P3"]})).output
    assert sorted(levels) == ["c2_depth", "c3"]
    with pytest.raises(ConfigError, match="'fine' is not a level"):
        as_backbone(keras.Model(model.input, {"fine": pyramid["P2"]}))


def test_task_encoders_have_levels_of_their_own_and_one_transfer_a_further_task():
    encoder = {"name": "resnet", "depth": 18, "width": 0.125}
    tasks = ["depth", "normals", "edges"]
    backbone = build_backbone(
        "task_encoders", (128, 128, 3), tasks=tasks, encoder=encoder, transfer={"kind": "wide_conv", "width": 0.01}
    )
    levels = {f"c{stage}_{task}" for stage in (2, 3, 4, 5) for task in tasks}
    assert set(backbone.output) == levels | {"c5_depth_to_normals", "c5_depth_to_edges"}
    encoders, transfers = {f"backbone_{task}" for task in tasks}, {f"backbone_transfer_{task}" for task in tasks[1:]}
    assert {layer.name for layer in backbone.layers if layer.weights} == encoders | transfers


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tasks": []}, "name every task that has an encoder once"),
        ({"tasks": ["depth", "depth"]}, "name every task that has an encoder once"),
        ({"tasks": ["depth", "edges"], "transfer": {"kind": "u"}}, "`kind` is 'u'; input should be 'conv', 'unet'"),
        ({"tasks": ["depth", "edges"], "transfer": {"knid": "unet"}}, "unknown key `knid`; did you mean `kind`"),
        ({"tasks": ["depth"], "encoder": {"name": "genrator"}}, "unknown name `genrator`; did you mean `generator`"),
    ],
)
def test_task_encoders_that_cannot_be(options, message):
    with pytest.raises(ConfigError, match=message):
        build_backbone("task_encoders", (32, 32, 3), **options)
