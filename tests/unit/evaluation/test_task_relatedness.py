import numpy as np
import pytest

from xdomain_keras.errors import DataError
from xdomain_keras.evaluation.task_relatedness import representation_dissimilarity, task_relatedness


def draw(seed, n=12, d=7):
    return np.random.default_rng(seed).normal(size=(n, d))


@pytest.mark.parametrize("seed", range(10))
def test_dissimilarity_is_one_minus_pearson(seed):
    features = draw(seed, n=5 + seed, d=2 + seed)
    dissimilarity = representation_dissimilarity(features)
    np.testing.assert_allclose(dissimilarity, 1 - np.corrcoef(features), atol=1e-12)
    assert (dissimilarity == dissimilarity.T).all() and not np.diag(dissimilarity).any()


@pytest.mark.parametrize("seed", range(10))
def test_relatedness_is_spearman_of_upper_triangles(seed):
    stats = pytest.importorskip("scipy.stats")
    a, b = draw(seed), draw(seed + 100, d=9)
    a[1] = a[0]  # equal images give tied dissimilarities
    upper = np.triu_indices(len(a), k=1)
    expected = stats.spearmanr(*(representation_dissimilarity(x)[upper].round(10) for x in (a, b)))
    assert task_relatedness(a, b) == pytest.approx(expected.statistic, abs=1e-12)


def test_ties_share_the_mean_rank():
    stats = pytest.importorskip("scipy.stats")
    a, b = np.random.default_rng(0).integers(0, 2, (2, 14, 3)).astype(float)
    a, b = a + [[0, 0, 2]], b + [[0, 0, 2]]  # few distinct rows, none constant
    a_upper, b_upper = (representation_dissimilarity(x).round(9)[np.triu_indices(14, 1)] for x in (a, b))
    assert len(set(a_upper)) < 10
    assert task_relatedness(a, b) == pytest.approx(stats.spearmanr(a_upper, b_upper).statistic, abs=1e-9)


def test_relatedness_of_a_task_with_itself_is_one_and_with_noise_about_zero():
    a = draw(0, n=60, d=40)
    assert task_relatedness(a, 2 * a + 3) == pytest.approx(1)
    assert abs(task_relatedness(a, draw(1, n=60, d=40))) < 0.1


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        (draw(0, n=5), draw(1, n=6), "got 5 and 6 images"),
        (draw(0, n=2), draw(1, n=2), "expected at least 3"),
        (np.ones((4, 3)), draw(1, n=4), "row 0 is constant"),
        (draw(0, n=4).reshape(4, 7, 1), draw(1, n=4), r"expected \[n, d\]"),
        (np.full((4, 3), np.nan), draw(1, n=4), "NaN or infinity"),
        (np.tile([[1.0, 2.0, 4.0]], (4, 1)), draw(1, n=4), "equally dissimilar"),
    ],
)
def test_errors(a, b, message):
    with pytest.raises(DataError, match=message):
        task_relatedness(a, b)
