import numpy as np
import pytest
from keras import ops

from tests.unit.training.tiny import make_network
from xdomain_keras.training.encoders import Encoders

RNG = np.random.default_rng(0)
IMAGES = {
    "road": RNG.integers(0, 255, (2, 32, 32, 3), np.uint8),
    "attic": RNG.integers(0, 60, (3, 32, 32, 3), np.uint8),
    "unread": np.zeros((1, 32, 32, 3), np.uint8),
}


@pytest.mark.parametrize("joint", [True, False])
def test_every_domain_gets_its_part_of_every_level(joint):
    network = make_network()
    encoders = Encoders(network, ["c3", "c5"], ["road", "attic"], joint)
    pyramids = encoders(IMAGES, training=False)
    assert list(pyramids) == ["road", "attic"]
    for domain, levels in pyramids.items():
        wanted = network.encoder(["c3", "c5"])(IMAGES[domain].astype("float32"), training=False)
        for level, own in zip(("c3", "c5"), levels, strict=True):
            np.testing.assert_allclose(*map(ops.convert_to_numpy, (own, wanted[level])), rtol=1e-4, atol=1e-5)


def test_one_pass_normalises_the_mixture_and_separate_passes_each_domain():
    network = make_network()
    passes = [
        Encoders(network, ["c3"], ["road", "attic"], joint)(IMAGES, training=True)["attic"][0]
        for joint in (True, False)
    ]
    together, apart = map(ops.convert_to_numpy, passes)
    assert np.abs(together - apart).max() > 0.1
