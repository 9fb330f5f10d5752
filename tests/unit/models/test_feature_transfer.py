import keras
import numpy as np
import pytest
from keras import ops

from tests.unit.jitted import jitted
from xdomain_keras.errors import ConfigError
from xdomain_keras.models import feature_transfer


@pytest.mark.parametrize(
    ("kind", "shape", "printed"),
    [
        ("unet", (32, 32, 256), 53.223e6),
        ("unet_attention", (32, 32, 256), 71.813e6),
        ("conv", (32, 32, 256), 12.98e6),
        ("wide_conv", (16, 16, 2048), 226.505e6),
    ],
)
@pytest.mark.backend_free
def test_parameters_are_those_of_paper_001(kind, shape, printed):
    assert feature_transfer(shape, kind).count_params() == pytest.approx(printed, rel=1e-3)


@pytest.mark.parametrize("kind", ["conv", "unet", "unet_attention", "wide_conv"])
def test_features_keep_their_shape_and_take_both_signs(kind):
    keras.utils.set_random_seed(0)
    network = feature_transfer((8, 16, 12), kind, width=1 / 64)
    x = np.random.default_rng(0).normal(0, 1, (2, 8, 16, 12)).astype("float32")
    mapped = ops.convert_to_numpy(jitted(network)(ops.convert_to_tensor(x)))
    assert mapped.shape == x.shape and mapped.min() < 0 < mapped.max()


def test_wrong_options():
    with pytest.raises(ConfigError, match="unknown kind `u-net`; did you mean `unet`"):
        feature_transfer((8, 8, 4), "u-net")
    with pytest.raises(ConfigError, match=r"features of 8 x 12; expected multiples of 8.*image_size"):
        feature_transfer((8, 12, 4), "unet")
