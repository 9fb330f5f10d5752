import keras
import pytest

from xdomain_keras.models import build_backbone


@pytest.mark.parametrize("channels", [1, 7])
def test_a_strided_pointwise_convolution_over_few_channels_is_refused_by_name(channels):
    images = keras.Input((8, 8, channels))
    with pytest.raises(AssertionError, match=f"shortcut: a 1x1 convolution of stride 2 over {channels} channels"):
        keras.layers.Conv2D(16, 1, 2, name="shortcut")(images)


@pytest.mark.parametrize(("channels", "kernel_size", "strides"), [(8, 1, 2), (3, 1, 1), (3, 3, 2), (3, (1, 2), 2)])
def test_others_are_built(channels, kernel_size, strides):
    images = keras.Input((8, 8, channels))
    assert keras.layers.Conv2D(16, kernel_size, strides)(images).shape[-1] == 16


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "projected_resnet"])
def test_the_narrowest_networks_pass(name):
    assert build_backbone(name, (32, 32, 3), width=0.001).count_params() > 0
