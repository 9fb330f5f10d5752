import numpy as np
from keras import ops

from tests.unit.training import tiny
from xdomain_keras.models.moving_average import MovingAverage


def test_the_copy_follows_as_the_equation_says():
    network = tiny.make_network()
    task = next(iter(network.heads))
    average = MovingAverage(network, [task], decay=0.3)
    before = [ops.convert_to_numpy(weight) for weight in average.copy.weights]
    for weight in network.weights:
        weight.assign(weight + 1.0)
    after = [ops.convert_to_numpy(weight) for weight in network.weights]
    for factor in (0.1, 2 / 11):  # (1 + t) / (10 + t), until it reaches the decay
        average.update(network)
        before = [factor * own + (1 - factor) * new for own, new in zip(before, after, strict=True)]
        for own, expected in zip(average.copy.weights, before, strict=True):
            np.testing.assert_allclose(ops.convert_to_numpy(own), expected, rtol=1e-5, atol=1e-6)
    average.updates.assign(1000.0)
    average.update(network)
    before = [0.3 * own + 0.7 * new for own, new in zip(before, after, strict=True)]
    np.testing.assert_allclose(ops.convert_to_numpy(average.copy.weights[0]), before[0], rtol=1e-5, atol=1e-6)


def test_nothing_of_it_is_trained_and_it_begins_as_the_network():
    network = tiny.make_network()
    average, images = MovingAverage(network, list(network.heads)), np.random.default_rng(0).random((2, *tiny.SIZE, 3))
    assert not average.trainable_variables
    own, expected = average(images), network(images, training=False)
    for task in network.heads:
        np.testing.assert_allclose(ops.convert_to_numpy(own[task]), ops.convert_to_numpy(expected[task]), rtol=1e-5)
