import keras
import numpy as np
import pytest
from keras import ops

from tests.unit.terms.pairs import gradients
from xdomain_keras import LabelMatrix
from xdomain_keras.errors import ConfigError
from xdomain_keras.terms import FeatureMatching, Setting, Step
from xdomain_keras.terms.term import check_needs

MATRIX = LabelMatrix({"simulator": ["depth", "segmentation"]})
RNG = np.random.default_rng(0)
FIRST, SECOND = (RNG.normal(0, 1, (2, 3, 4, 5)).astype("float32") for _ in range(2))
SETTING = Setting(MATRIX, {}, {"c2_a_to_b": (3, 4, 5), "c2_b": (3, 4, 5), "c3": (2, 2, 5)})


@pytest.mark.parametrize(
    ("distance", "expected"), [("l1", np.abs(FIRST - SECOND).mean()), ("l2", ((FIRST - SECOND) ** 2).mean())]
)
def test_the_distance_moves_the_source_alone(distance, expected):
    term = FeatureMatching("c2_a_to_b", "c2_b", distance)
    check_needs(term, SETTING)
    term.prepare(None, SETTING)
    first, second = keras.Variable(FIRST), keras.Variable(SECOND)

    def value():
        features = {"c2_a_to_b": ops.convert_to_tensor(first), "c2_b": ops.convert_to_tensor(second)}
        return term.compute(Step({}, {}, {}, {}, {"simulator": features}))["simulator"][0]

    assert float(value()) == pytest.approx(expected, rel=1e-5)
    moved, held = gradients(value, [first, second])
    assert np.abs(moved).max() > 0 and (held is None or not held.any())


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("c2_a_to_b", "c2_bb"), "unknown feature `c2_bb`; did you mean `c2_b`"),
        (("c2_a_to_b", "c3"), "expected equal shapes"),
    ],
)
def test_features_that_cannot_be_matched(names, message):
    with pytest.raises(ConfigError, match=message):
        check_needs(FeatureMatching(*names), SETTING)


def test_unknown_distance():
    with pytest.raises(ConfigError, match="unknown distance `l3`"):
        FeatureMatching("a", "b", "l3")
