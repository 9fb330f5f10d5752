import keras
import numpy as np
import pytest
from keras import ops

from tests.unit.jitted import jitted
from xdomain_keras.errors import ConfigError
from xdomain_keras.evaluation.profile import count_parameters
from xdomain_keras.models import MultiHeadModel, UpconvHead, build_backbone, projected_resnet


@pytest.mark.parametrize("channels", [1, 11])
@pytest.mark.backend_free
def test_parameters_are_those_of_the_released_network(channels):
    network = MultiHeadModel(projected_resnet((64, 64, 3)), {"depth": UpconvHead(channels)})
    assert count_parameters(network) == pytest.approx(40.73e6, rel=1e-3)
    assert network.features["c3"].shape == (None, 8, 8, 2048) and network.output["depth"].shape[1:] == (
        64,
        64,
        channels,
    )


def test_features_are_of_stride_8():
    keras.utils.set_random_seed(0)
    backbone = build_backbone("projected_resnet", (32, 64, 3), width=1 / 64)
    images = np.random.default_rng(0).uniform(0, 255, (2, 32, 64, 3)).astype("float32")
    features = ops.convert_to_numpy(jitted(backbone)(ops.convert_to_tensor(images))["c3"])
    assert features.shape == (2, 4, 8, 32) and np.isfinite(features).all() and features.std() > 0


def test_a_size_that_does_not_halve_three_times_is_refused():
    with pytest.raises(ConfigError, match="multiples of 8"):
        projected_resnet((36, 32, 3))
