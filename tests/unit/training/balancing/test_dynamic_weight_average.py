import numpy as np
import pytest
from keras import ops

from xdomain_keras.errors import ConfigError
from xdomain_keras.training.balancing import DynamicWeightAverage


def epoch(balancer, losses, present):
    """The weights of every step of an epoch."""
    arrays = [[ops.convert_to_tensor(np.float32(part)) for part in step] for step in zip(losses, present, strict=True)]
    weights = [ops.convert_to_numpy(balancer.weigh(*step)) for step in arrays]
    balancer.end_epoch()
    return np.array(weights)


def test_weights_follow_equation_6_from_the_third_epoch_on():
    rng, balancer, means = np.random.default_rng(0), DynamicWeightAverage(3, temperature=1.5), []
    for number in range(5):
        losses, present = rng.uniform(0.5, 4, (4, 3)), rng.random((4, 3)) < 0.7
        present[0] = 1
        weights = epoch(balancer, np.where(present, losses, np.nan), present)
        expected = np.ones(3)
        if number > 1:
            shares = np.exp(means[-1] / means[-2] / 1.5)
            expected = 3 * shares / shares.sum()
        np.testing.assert_allclose(weights, expected * present, rtol=1e-5)
        means.append(np.array([losses[present[:, k], k].mean() for k in range(3)]))


def test_an_epoch_without_labels_counts_for_none():
    balancer, ones = DynamicWeightAverage(2), np.ones((1, 2))
    for losses, present in [([[4.0, 2.0]], ones), ([[2.0, 0.0]], [[1, 0]]), ([[2.0, 1.0]], ones)]:
        epoch(balancer, losses, present)
    shares = np.exp(np.array([2 / 2, 1 / 2]) / 2)
    np.testing.assert_allclose(epoch(balancer, ones, ones)[0], 2 * shares / shares.sum(), rtol=1e-5)


def test_losses_of_0_are_no_trouble():
    balancer, ones = DynamicWeightAverage(2), np.ones((1, 2))
    for _ in range(4):
        weights = epoch(balancer, [[0.0, 1.0]], ones)
    assert np.isfinite(weights).all() and weights.sum() == pytest.approx(2)


def test_what_it_remembers_is_saved_and_not_trained():
    balancer = DynamicWeightAverage(2)
    assert len(balancer.non_trainable_variables) == 3 and not balancer.trainable_variables
    with pytest.raises(ConfigError, match="balancing.temperature is 0; expected a positive number"):
        DynamicWeightAverage(2, 0)
