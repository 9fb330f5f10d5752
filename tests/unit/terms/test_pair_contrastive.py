import numpy as np
import pytest
from keras import ops

from tests.unit.terms.pairs import PRESENT, make_step, prepared, randomize, value
from xdomain_keras.errors import ConfigError
from xdomain_keras.terms import PairContrastive

RNG = np.random.default_rng(0)


def distance(a, b):
    a, b = (x / np.linalg.norm(x, axis=-1, keepdims=True) for x in (a, b))
    return 1 - (a * b).sum(-1).mean()


def test_own_maps_lie_closer_than_those_of_other_images_by_the_margin():
    predicted, true = RNG.uniform(0, 1, (2, 6, 2, 3, 5))
    image, pair = np.array([0, 1, 2, 0, 1, 2]), np.array([4, 4, 4, 1, 1, 5])
    weight = np.float32([1, 1, 1, 1, 1, 0])
    expected = []
    for i in range(6):
        others = [j for j in range(6) if pair[j] == pair[i] and image[j] != image[i] and weight[j]]
        hinges = [max(0, 0.1 + distance(predicted[i], true[i]) - distance(predicted[i], true[j])) for j in others]
        expected.append(np.mean(hinges) if hinges else 0)
    term = PairContrastive(margin=0.1)
    arrays = [ops.array(array) for array in (predicted, true, image.astype("int32"), pair.astype("int32"), weight)]
    np.testing.assert_allclose(ops.convert_to_numpy(term.compare(*arrays)), expected, atol=1e-6)
    assert np.count_nonzero(expected) >= 3


def test_a_batch_without_a_second_image_costs_nothing():
    term = prepared(PairContrastive())
    randomize(term.mapper)
    assert value(term, make_step(PRESENT[:1])) == 0
    assert value(term, make_step(np.repeat(PRESENT[:1], 3, axis=0), absent=np.nan)) > 0


def test_its_numbers_are_checked_and_its_feature_can_be_named():
    with pytest.raises(ConfigError, match="terms.pair_contrastive.margin is -1; expected a number from 0 up"):
        PairContrastive(margin=-1)
    term = PairContrastive(feature="c4", stride=2)
    assert (term.feature, term.stride, term.regularizer) == ("c4", 2, 0)
