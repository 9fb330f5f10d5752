import keras
import numpy as np
import pytest
from keras import ops

from tests.unit.jitted import jitted
from xdomain_keras.errors import ConfigError
from xdomain_keras.models import GeneratorHead, MultiHeadModel, build_backbone, domain_classifier, generator


@pytest.mark.parametrize(("channels", "parameters"), [(1, 7_831_425), (11, 7_862_795)])
@pytest.mark.backend_free
def test_parameters_are_those_of_paper_001(channels, parameters):
    network = MultiHeadModel(generator((128, 128, 3)), {"depth": GeneratorHead(channels)})
    assert network.count_params() == parameters
    assert network.features["c2"].shape == (None, 32, 32, 256) and network.output["depth"].shape[1:3] == (128, 128)


@pytest.mark.backend_free
def test_base_and_classifier_have_16_8_million():
    network = MultiHeadModel(generator((128, 128, 3)), {"depth": GeneratorHead(1)})
    total = network.count_params() + domain_classifier((32, 32, 256)).count_params()
    assert total == pytest.approx(16.811e6, rel=1e-3)


def test_brightness_and_contrast_of_a_whole_image_hardly_matter():
    # Instance normalisation takes a global gain and offset of the first convolution's maps away.
    keras.utils.set_random_seed(0)
    forward = jitted(build_backbone("generator", (32, 32, 3), width=0.125, blocks=1))
    image = np.random.default_rng(0).uniform(60, 120, (1, 32, 32, 3)).astype("float32")
    first, second, other = (
        ops.convert_to_numpy(forward(ops.convert_to_tensor(x))["c2"])
        for x in (image, 1.5 * image + 20, image[:, ::-1].copy())
    )
    assert np.abs(first - second).max() < 0.05 * np.abs(first).max() < np.abs(first - other).max()


def test_a_size_that_does_not_halve_twice_is_refused():
    with pytest.raises(ConfigError, match="multiples of 4"):
        generator((30, 32, 3))
