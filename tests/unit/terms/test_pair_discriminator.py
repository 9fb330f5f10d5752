import numpy as np
import pytest
from keras import ops

from tests.unit.terms.pairs import PRESENT, gradients, make_step, prepared, value
from xdomain_keras.errors import ConfigError
from xdomain_keras.terms import PairDiscriminator

RNG = np.random.default_rng(0)


def build():
    return prepared(PairDiscriminator(filters=4))


def test_pairs_of_one_image_are_1_and_those_with_the_next_image_0():
    term = build()
    predicted, true = RNG.uniform(0, 1, (2, 5, 1, 1, 32)).astype("float32")
    image, pair = np.array([0, 1, 2, 0, 1]), np.array([4, 4, 4, 1, 5])
    weight = np.float32([1, 1, 0, 1, 1])
    partners = [1, 0, 0, None, None]  # the next one round the batch with the same pair and a weight

    def logit(a, b):
        return float(ops.convert_to_numpy(term.discriminator(np.concatenate([a, b], -1)[None]))[0, 0])

    expected = [np.log1p(np.exp(-logit(a, b))) for a, b in zip(predicted, true, strict=True)]
    for i, j in enumerate(partners):
        expected[i] += 0 if j is None else np.log1p(np.exp(logit(predicted[i], true[j])))
    arrays = [ops.array(array) for array in (predicted, true, image.astype("int32"), pair.astype("int32"), weight)]
    np.testing.assert_allclose(ops.convert_to_numpy(term.compare(*arrays)), expected, rtol=1e-5)


def test_mapper_and_discriminator_learn():
    term, step = build(), make_step(np.repeat(PRESENT[:2], 2, axis=0), absent=np.nan)
    assert value(term, step) > 0
    variables = [term.discriminator.trainable_variables[0], term.mapper.trainable_variables[0]]
    for gradient in gradients(lambda: term.compute(step)["room"][0], variables):
        assert np.isfinite(gradient).all() and np.abs(gradient).max() > 0


def test_its_numbers_are_checked_and_its_feature_can_be_named():
    with pytest.raises(ConfigError, match="terms.pair_discriminator.filters is 0; expected an integer from 1 up"):
        PairDiscriminator(filters=0)
    term = PairDiscriminator(feature="c4", stride=2)
    assert (term.feature, term.stride, term.regularizer) == ("c4", 2, 0)
