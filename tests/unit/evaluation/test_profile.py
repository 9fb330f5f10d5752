import keras
import pytest
from keras import layers

from xdomain_keras.errors import ConfigError
from xdomain_keras.evaluation.profile import count_macs, count_parameters, measure
from xdomain_keras.layers import ASPP
from xdomain_keras.models import build_backbone


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (layers.Conv2D(5, 3, padding="same"), 8 * 10 * 3 * 3 * 4 * 5),
        (layers.Conv2D(5, 3, strides=2), 3 * 4 * 3 * 3 * 4 * 5),
        (layers.Conv2D(6, 3, dilation_rate=2, padding="same"), 8 * 10 * 3 * 3 * 4 * 6),
        (layers.Conv2D(6, 1, groups=2), 8 * 10 * 2 * 6),
        (layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same"), 8 * 10 * 3 * 3 * 4 * 2),
        (layers.SeparableConv2D(5, 3, padding="same"), 8 * 10 * (3 * 3 * 4 + 4 * 5)),
        (layers.Conv2DTranspose(5, 4, strides=2, padding="same"), 8 * 10 * 4 * 4 * 4 * 5),
        (layers.Dense(7), 8 * 10 * 4 * 7),
        (layers.BatchNormalization(), 0),
        (layers.UpSampling2D(2, interpolation="bilinear"), 0),
        (ASPP(3, (1, 2), True, True, 6), 8 * 10 * (3 * 3 * 4 * 3 * 2 + 4 * 3 + 12 * 6) + 4 * 3),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_macs_of_one_layer(layer, expected):
    images = keras.Input((8, 10, 4))
    assert count_macs(keras.Model(images, layer(images))) == expected


def test_separable_is_counted_where_the_kernels_work():
    """The depthwise kernel of a layer of stride 2 works at the output's positions."""
    images = keras.Input((8, 8, 4))
    model = keras.Model(images, layers.SeparableConv2D(5, 3, strides=2, padding="same")(images))
    assert count_macs(model) == 4 * 4 * (3 * 3 * 4 + 4 * 5)


def test_nested_models_and_repeated_layers_are_counted_each_time():
    inner_input = keras.Input((8, 8, 4))
    inner = keras.Model(inner_input, layers.Conv2D(4, 3, padding="same")(inner_input))
    images = keras.Input((8, 8, 4))
    once = count_macs(keras.Model(images, inner(images)))
    assert once == 8 * 8 * 3 * 3 * 4 * 4
    assert count_macs(keras.Model(images, inner(inner(images)))) == 2 * once


def test_the_image_size_can_be_given():
    model = build_backbone("resnet18", (None, None, 3), width=0.125)
    with pytest.raises(ConfigError, match="give image_size"):
        count_macs(model)
    assert count_macs(model, (64, 128)) == 2 * count_macs(model, (64, 64))


def test_counting_leaves_keras_as_it_was():
    before = keras.layers.Layer.__call__
    images = keras.Input((4, 4, 3))
    with pytest.raises(AttributeError):
        count_macs(layers.Dense(2))
    count_macs(keras.Model(images, layers.Dense(2)(images)))
    assert keras.layers.Layer.__call__ is before


def test_only_trainable_parameters_count():
    images = keras.Input((4, 4, 3))
    model = keras.Model(images, layers.BatchNormalization()(layers.Conv2D(2, 3)(images)))
    assert count_parameters(model) == 3 * 3 * 3 * 2 + 2 + 2 + 2
    model.layers[1].trainable = False
    assert count_parameters(model) == 4


@pytest.mark.backend_free
@pytest.mark.parametrize(
    ("name", "parameters"), [("densenet161", 26_472_000), ("efficientnet_b3", 10_696_232), ("vgg16", 14_714_688)]
)
def test_backbones_of_table_4(name, parameters):
    model = build_backbone(name, (64, 64, 3))
    assert count_parameters(model) == parameters
    assert {level: tensor.shape[1] for level, tensor in model.output.items()} == {"c2": 16, "c3": 8, "c4": 4, "c5": 2}


def test_speed_and_memory_are_measured_elsewhere():
    images = keras.Input((32, 32, 3))
    model = keras.Model(images, ASPP(4)(images))
    result = measure(model, (32, 32), batch_size=2, seconds=0.1)
    assert set(result) == {"images_per_second", "peak_memory_mb"}
    assert result["images_per_second"] > 1 and 50 < result["peak_memory_mb"] < 10_000
