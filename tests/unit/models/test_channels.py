import pytest

from xdomain_keras.errors import ConfigError
from xdomain_keras.models import build_backbone
from xdomain_keras.models.channels import scale_channels


@pytest.mark.backend_free
def test_channels_are_multiples_of_8_and_those_of_full_size_as_published():
    assert [scale_channels(64, width) for width in (1 / 1000, 1 / 8, 0.18, 3 / 16, 0.375, 1.1)] == [8, 8, 8, 16, 24, 72]
    assert [scale_channels(count, 1) for count in (3, 100)] == [3, 100]


@pytest.mark.parametrize("name", ["densenet161", "generator", "projected_resnet", "resnet18", "segnet"])
@pytest.mark.parametrize("width", [0, -1.0])
def test_a_width_is_above_0(name, width):
    with pytest.raises(ConfigError, match=f"width is {float(width)}; expected a factor above 0"):
        build_backbone(name, (64, 64, 3), width=width)
