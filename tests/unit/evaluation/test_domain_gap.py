import numpy as np
import pytest

from xdomain_keras.errors import DataError
from xdomain_keras.evaluation.domain_gap import domain_accuracy, embed

RNG = np.random.default_rng(0)
pytestmark = pytest.mark.backend_free


def test_pca_is_scikit_learns_but_for_signs():
    decomposition = pytest.importorskip("sklearn.decomposition")
    features = {"a": RNG.normal(0, 1, (20, 6)) * [5, 3, 1, 1, 1, 1], "b": RNG.normal(2, 1, (30, 6))}
    places, name = embed(features, "pca")
    expected = decomposition.PCA(2).fit_transform(np.concatenate(list(features.values())))
    found = np.concatenate([places["a"], places["b"]])
    np.testing.assert_allclose(np.abs(found), np.abs(expected), atol=1e-9)
    assert name == "PCA" and len(places["a"]) == 20


def test_tsne_keeps_clusters_apart():
    pytest.importorskip("sklearn.manifold")
    places, name = embed({"a": RNG.normal(0, 1, (20, 8)), "b": RNG.normal(8, 1, (25, 8))})
    gap = np.linalg.norm(places["a"].mean(0) - places["b"].mean(0))
    assert name == "t-SNE" and gap > places["a"].std() + places["b"].std() and places["b"].shape == (25, 2)


@pytest.mark.parametrize(("shift", "low", "high"), [(0.0, 0.35, 0.65), (0.7, 0.7, 1.0), (10.0, 1.0, 1.0)])
def test_the_accuracy_grows_with_the_gap(shift, low, high):
    first, second = RNG.normal(0, 1, (150, 10)), RNG.normal(shift, 1, (90, 10))
    assert low <= domain_accuracy(first, second) <= high


def test_more_features_than_images_are_no_gap_by_themselves():
    found = [domain_accuracy(RNG.normal(0, 1, (40, 300)), RNG.normal(0, 1, (40, 300)), seed=s) for s in range(5)]
    assert 0.4 < np.mean(found) < 0.6


def test_domains_of_the_same_features_cannot_be_told_apart():
    """A network that answers all images alike is a report's to show, and no reason for it to fail."""
    assert domain_accuracy(np.ones((6, 3)), np.ones((4, 3))) == 0.5


def test_features_that_cannot_be_compared():
    with pytest.raises(DataError, match="NaN or infinity"):
        embed({"a": np.full((3, 2), np.nan)})
    with pytest.raises(DataError, match="expected two of each"):
        domain_accuracy(np.ones((1, 2)), np.ones((5, 2)))
