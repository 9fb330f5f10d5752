import numpy as np
import pytest

from xdomain_keras.errors import DataError
from xdomain_keras.metrics import auc_borji, auc_judd, auc_shuffled, nss
from xdomain_keras.metrics.saliency_location import threshold_levels

RAMP = np.arange(12.0).reshape(3, 4)
OTHERS = [[0, 0], [1, 1], [2, 2]]
SCORES = {
    "nss": nss,
    "auc_judd": auc_judd,
    "auc_borji": auc_borji,
    "auc_shuffled": lambda fixations, saliency: auc_shuffled(fixations, saliency, OTHERS),
}


@pytest.mark.parametrize("score", SCORES.values(), ids=SCORES)
class TestEveryScore:
    def test_is_unchanged_by_scale_and_offset(self, score):
        fixations = [[3, 2], [0, 1], [2, 0]]
        assert score(fixations, 7 * RAMP - 100) == pytest.approx(score(fixations, RAMP), abs=1e-9)

    def test_constant_map_scores_chance(self, score):
        chance = 0.0 if score is nss else 0.5
        for value in (0.0, -3.0, 0.1):
            assert score([[1, 1], [2, 0]], np.full((3, 4), value)) == pytest.approx(chance)

    @pytest.mark.parametrize("fixations", [[], [[-1, 0], [4, 0]]])
    def test_is_nan_without_fixations_on_the_map(self, score, fixations):
        assert np.isnan(score(fixations, RAMP))

    def test_rewards_the_right_place(self, score):
        assert score([[3, 2]], RAMP) > score([[1, 1]], RAMP) > score([[0, 0]], RAMP)

    @pytest.mark.parametrize("bad", [np.nan, np.inf])
    def test_refuses_values_that_are_not_finite(self, score, bad):
        with pytest.raises(DataError, match="NaN or infinity"):
            score([[1, 1]], np.full((3, 4), bad))

    def test_refuses_a_batch(self, score):
        with pytest.raises(DataError, match=r"expected \[H, W\]"):
            score([[1, 1]], RAMP[None])

    def test_leaves_the_map_alone_and_returns_a_float(self, score):
        saliency = RAMP.astype(np.float32)
        assert type(score([[1, 1]], saliency)) is float
        np.testing.assert_array_equal(saliency, RAMP)


def test_a_pixel_seen_twice_counts_once_or_twice():
    fixations = [[3.0, 2.0], [3.5, 2.5], [0.0, 0.0]]
    z = (RAMP - RAMP.mean()) / RAMP.std()
    assert nss(fixations, RAMP) == pytest.approx((z[2, 3] + z[0, 0]) / 2)
    assert nss(fixations, RAMP, distinct=False) == pytest.approx((2 * z[2, 3] + z[0, 0]) / 3)
    assert auc_judd(fixations, RAMP, distinct=False) > auc_judd(fixations, RAMP)
    assert auc_borji(fixations, RAMP, None, distinct=False) > auc_borji(fixations, RAMP, None)
    assert auc_shuffled(fixations, RAMP, OTHERS, None, distinct=False) > auc_shuffled(fixations, RAMP, OTHERS, None)


def test_judd_jitter_is_seeded_and_breaks_ties_only():
    flat = np.zeros((30, 30))
    fixations = [[2, 3], [20, 9], [11, 11]]
    assert auc_judd(fixations, flat, jitter_seed=1) == auc_judd(fixations, flat, jitter_seed=1)
    assert auc_judd(fixations, flat, jitter_seed=1) != auc_judd(fixations, flat, jitter_seed=2)
    assert auc_judd([[2, 1]], RAMP, jitter_seed=1) == auc_judd([[2, 1]], RAMP)


def test_judd_is_nan_where_every_pixel_is_fixated():
    assert np.isnan(auc_judd([[0, 0], [1, 0]], np.array([[1.0, 2.0]])))


def test_splits_converge_to_their_expectation():
    generator = np.random.default_rng(3)
    saliency, fixations, others = (
        generator.random((20, 30)),
        generator.random((9, 2)) * 20,
        generator.random((40, 2)) * 20,
    )
    for score, arguments in ((auc_borji, ()), (auc_shuffled, (others,))):
        exact = score(fixations, saliency, *arguments, num_splits=None)
        drawn = [score(fixations, saliency, *arguments, num_splits=5000, seed=seed) for seed in (0, 0, 1)]
        assert drawn[0] == drawn[1] != drawn[2]
        np.testing.assert_allclose(drawn, exact, atol=0.005)


def test_levels_reach_the_thresholds():
    saliency = np.array([[0.0, 0.1, 0.2, 0.3], [0.6, 0.7, 0.95, 1.0]])
    assert threshold_levels(saliency, 0.1).tolist() == [[1, 2, 3, 4], [7, 8, 10, 11]]
    assert threshold_levels(saliency, 0.1).dtype == np.uint8
    assert threshold_levels(saliency, 0.001).dtype == np.uint16
    np.testing.assert_array_equal(threshold_levels(saliency, None), saliency)


def test_shuffled_auc_forgives_center_bias():
    generator = np.random.default_rng(0)
    here, elsewhere = generator.normal((40, 30), 6, (60, 2)), generator.normal((40, 30), 6, (3000, 2))
    y, x = np.mgrid[:60, :80]
    center = np.exp(-((x - 40) ** 2 + (y - 30) ** 2) / 200)
    assert auc_judd(here, center) > 0.9
    assert auc_shuffled(here, center, elsewhere, distinct=False) == pytest.approx(0.5, abs=0.06)
