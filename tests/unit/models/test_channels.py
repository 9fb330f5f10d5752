import pytest

from xdomain_keras.errors import ConfigError
from xdomain_keras.models import build_backbone
from xdomain_keras.models.channels import scale_channels


@pytest.mark.backend_free
def test_no_layer_is_left_without_channels():
    assert [scale_channels(count, 0.125) for count in (3, 64, 100)] == [1, 8, 12]


@pytest.mark.parametrize("name", ["densenet161", "generator", "projected_resnet", "resnet18", "segnet"])
@pytest.mark.parametrize("width", [0, -1.0])
def test_a_width_is_above_0(name, width):
    with pytest.raises(ConfigError, match=f"width is {float(width)}; expected a factor above 0"):
        build_backbone(name, (64, 64, 3), width=width)
