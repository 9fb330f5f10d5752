"""What is held while a network trains, and what follows it."""

import itertools

import keras
import numpy as np
import pytest

from tests.unit.training.test_fit import TASKS, run
from tests.unit.training.tiny import SGD, arrays_of, make_network, same
from xdomain_keras.training import Stage


@pytest.fixture
def network():
    return make_network(TASKS)


def test_normalisation_of_the_backbone_can_be_held(network):
    """Statistics, scales and shifts; all else moves, that of the heads too."""
    before = dict(zip((v.path for v in network.variables), arrays_of(network), strict=True))
    run(network, [Stage("tuning", 1, norm="frozen", optimizer=SGD)])
    after = dict(zip((v.path for v in network.variables), arrays_of(network), strict=True))
    backbone = {path for path in before if path.startswith("backbone_")}
    still = {path for path in backbone if np.array_equal(before[path], after[path])}
    assert still == {path for path in backbone if path.startswith("backbone_bn")}


def test_an_average_follows_every_step(network):
    """`w' ← d w' + (1 - d) w` with d = min(decay, (1 + t) / (10 + t)).

    w are the weights at the beginning of a step, and the statistics after its pass through the network.
    """
    seen, trains = [arrays_of(network)], [variable.trainable for variable in network.variables]

    class Look(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if keras.backend.backend() == "jax":
                self.model.jax_state_sync()
            seen.append(arrays_of(network))

    trainer = run(network, [Stage("any", 1, optimizer=SGD)], callbacks=lambda *args: [Look()], average=0.15)
    expected = seen[0]
    for t, (before, after) in enumerate(itertools.pairwise(seen)):
        decay = min(0.15, (1 + t) / (10 + t))
        new = [b if learns else a for b, a, learns in zip(before, after, trains, strict=True)]
        expected = [decay * old + (1 - decay) * value for old, value in zip(expected, new, strict=True)]
    assert len(seen) == 4
    for own, value in zip(arrays_of(trainer.average.copy), expected, strict=True):
        np.testing.assert_allclose(own, value, rtol=1e-5, atol=1e-6)
    assert same(arrays_of(network), arrays_of(trainer.average.copy))
    network.set_weights(seen[0])
    with trainer.averaged():
        assert same(arrays_of(network), arrays_of(trainer.average.copy))
    assert same(arrays_of(network), seen[0])
