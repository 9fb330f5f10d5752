import numpy as np
import pytest

from xdomain_keras.errors import DataError
from xdomain_keras.metrics import correlation, kl_divergence, similarity

DENSITY = np.random.default_rng(0).random((5, 6)) ** 2
FLAT = np.full((5, 6), 0.3)
SCORES = [correlation, similarity, kl_divergence]


def test_a_perfect_prediction():
    assert correlation(DENSITY, 3 * DENSITY + 1) == pytest.approx(1)
    assert similarity(DENSITY, 3 * DENSITY) == pytest.approx(1)
    assert kl_divergence(DENSITY, 3 * DENSITY) == pytest.approx(0, abs=1e-12)


def test_disjoint_maps():
    a, b = np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]])
    assert correlation(a, b) == -1
    assert similarity(a, b) == 0
    assert kl_divergence(a, b) == pytest.approx(-np.log(2.2204e-16))
    assert kl_divergence(a, b, epsilon=1e-3) == pytest.approx(np.log(1000 + 1e-3))


def test_kl_is_from_truth_to_prediction():
    truth, broad = np.array([[1.0, 0.0]]), np.array([[1.0, 1.0]])
    assert kl_divergence(truth, broad) == pytest.approx(np.log(2))
    assert kl_divergence(broad, truth) > 10


@pytest.mark.parametrize("constant", [0.0, 0.3, -2.0])
def test_a_constant_prediction_is_uniform(constant):
    flat = np.full((5, 6), constant)
    assert correlation(DENSITY, flat) == 0
    assert similarity(DENSITY, flat, subtract_minimum=False) == pytest.approx(
        np.minimum(DENSITY / DENSITY.sum(), 1 / 30).sum()
    )
    assert 0 < similarity(DENSITY, flat) < 1
    assert kl_divergence(DENSITY, flat) == pytest.approx(
        np.log(30) + (DENSITY / DENSITY.sum() * np.log(DENSITY / DENSITY.sum())).sum()
    )


@pytest.mark.parametrize("score", SCORES)
def test_a_truth_without_fixations_is_nan(score):
    assert np.isnan(score(0 * FLAT, DENSITY))


def test_a_uniform_truth_correlates_with_nothing_but_is_a_distribution():
    assert np.isnan(correlation(FLAT, DENSITY))
    assert similarity(FLAT, FLAT) == pytest.approx(1)
    assert kl_divergence(FLAT, FLAT) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("score", SCORES)
def test_errors(score):
    with pytest.raises(DataError, match=r"\(5, 6\) and \(6, 5\)"):
        score(DENSITY, DENSITY.T)
    with pytest.raises(DataError, match="NaN or infinity"):
        score(DENSITY, DENSITY * np.nan)


def test_minimum_is_subtracted_on_request():
    assert similarity(DENSITY, DENSITY + 5) == pytest.approx(1)
    assert similarity(DENSITY, DENSITY + 5, subtract_minimum=False) < 0.9
    assert similarity(DENSITY - 5, DENSITY, subtract_minimum=False) < 1
