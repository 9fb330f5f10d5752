import numpy as np
import pytest

from xdomain_keras.errors import DataError
from xdomain_keras.evaluation.label_free import entropy, reverse_score

RNG = np.random.default_rng(0)


def test_entropy_is_0_where_the_network_is_sure_and_1_where_all_is_alike():
    assert entropy(np.eye(5)) == pytest.approx(0, abs=1e-9) and entropy(np.full((3, 4, 6), 1 / 6)) == pytest.approx(1)
    p = RNG.dirichlet(np.ones(3), 7)
    assert entropy(p) == pytest.approx(-(p * np.log(p)).sum(1).mean() / np.log(3))


def test_a_linear_belief_leads_back_to_the_labels():
    """As scikit-learn's ridge regression and R² have it."""
    from sklearn.linear_model import Ridge
    from sklearn.metrics import r2_score

    features, other = RNG.normal(2, 3, (60, 5)), RNG.normal(1, 2, (50, 5))
    slope = RNG.normal(size=(5, 2))
    predictions = features @ slope + RNG.normal(0, 1, (60, 2))
    truth, known = other @ slope + RNG.normal(0, 1, (50, 2)), RNG.random(50) < 0.7
    mean, deviation = features.mean(0), features.std(0)
    model = Ridge(alpha=0.1 * 60).fit((features - mean) / deviation, predictions)
    expected = r2_score(truth[known], model.predict((other - mean) / deviation)[known], multioutput="variance_weighted")
    found = reverse_score(features, predictions, other, truth, known, ridge=0.1)
    assert found == pytest.approx(expected, abs=1e-4) and found > 0.5


def test_domains_that_lie_apart_and_beliefs_about_nothing_score_low():
    features, slope = RNG.normal(size=(200, 4)), RNG.normal(size=(4, 2))
    belief, known = features @ slope, np.ones(200, bool)
    together = reverse_score(features, belief, features[::-1], belief[::-1], known)
    assert together > 0.99
    assert reverse_score(features, belief, features + 3, belief, known) < 0  # the same content, moved
    assert reverse_score(features, RNG.permutation(belief), features, belief, known) < 0.2
    assert reverse_score(features, 0 * belief, features, belief, known) < 1e-9  # one answer to everything


def test_what_is_not_known_is_not_read():
    rows = RNG.normal(size=(10, 2))
    truth, known = rows.copy(), np.arange(10) < 6
    truth[6:] = np.nan
    assert reverse_score(rows, rows, rows, truth, known) > 0.99
    with pytest.raises(DataError, match="1 known places"):
        reverse_score(rows, rows, rows, truth, np.arange(10) < 1)
    with pytest.raises(DataError, match="NaN or infinity"):
        reverse_score(truth, rows, rows, rows, known)
