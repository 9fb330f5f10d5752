import keras
import numpy as np
import pytest
from keras import ops

from tests.unit.jitted import jitted
from xdomain_keras.errors import ConfigError
from xdomain_keras.models import MultiHeadModel, SegNetHead, build_backbone, segnet


def trainable(model):
    return sum(int(np.prod(variable.shape)) for variable in model.trainable_variables)


@pytest.mark.backend_free
def test_parameters_are_those_of_the_released_single_task_network():
    """Without its log variance and the unused heads; the network of three tasks is in `parity/test_paper_sizes.py`."""
    network = MultiHeadModel(segnet((288, 384, 3)), {"segmentation": SegNetHead(13)})
    assert trainable(network) == 24_981_069
    assert network.levels == ("c0", "c5")


def test_levels_and_width():
    backbone = build_backbone("segnet", (64, 96, 3), width=1 / 16)
    levels = jitted(backbone)(ops.ones((2, 64, 96, 3)))
    assert {name: tuple(level.shape) for name, level in levels.items()} == {"c0": (2, 64, 96, 8), "c5": (2, 2, 3, 32)}


def test_every_pixel_reaches_the_finest_level():
    keras.utils.set_random_seed(0)
    forward, rng = jitted(segnet((32, 32, 3), width=1 / 16)), np.random.default_rng(0)
    images = rng.uniform(0, 255, (2, 32, 32, 3)).astype("float32")
    images[1, 5, 9] = 255 - images[0, 5, 9]
    images[1, np.arange(32) != 5] = images[0, np.arange(32) != 5]
    fine = ops.convert_to_numpy(forward(ops.convert_to_tensor(images))["c0"])
    assert np.abs(fine[0] - fine[1]).max(-1)[5, 9] > 0


def test_a_size_that_does_not_halve_five_times_is_refused():
    with pytest.raises(ConfigError, match="multiples of 32"):
        segnet((48, 64, 3))
