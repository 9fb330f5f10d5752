import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xdomain_keras.errors import DataError
from xdomain_keras.metrics import RegionMetrics
from xdomain_keras.metrics.regions import NAMES, compare_segmentations, contingency, matched_part

HALVES = np.repeat([[0, 0, 1, 1]], 2, axis=0)


def draw(seed, num_regions, size=(6, 7)):
    return np.random.default_rng(seed).integers(0, num_regions, size)


def literal(true, pred):
    """Covering, Rand index and variation of information from the definitions, pair by pair."""
    covering = 0.0
    for region in np.unique(true):
        own = true == region
        overlap = [(own & (pred == r)).sum() / (own | (pred == r)).sum() for r in np.unique(pred)]
        covering += own.sum() * max(overlap)
    pairs = list(itertools.combinations(zip(true.ravel(), pred.ravel(), strict=True), 2))
    agree = [(a[0] == b[0]) == (a[1] == b[1]) for a, b in pairs]

    def entropy(labels):
        _, counts = np.unique(labels, axis=0, return_counts=True)
        return -(counts / counts.sum() * np.log2(counts / counts.sum())).sum()

    both = entropy(np.column_stack([true.ravel(), pred.ravel()]))
    # H(true) + H(pred) - 2 (H(true) + H(pred) - H(both))
    return covering / true.size, np.mean(agree), 2 * both - entropy(true.ravel()) - entropy(pred.ravel())


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(1, 6))
def test_scores_are_those_of_the_definitions(seed, num_true, num_pred):
    true, pred = draw(seed, num_true), draw(seed + 1, num_pred)
    np.testing.assert_allclose(compare_segmentations(contingency(true, pred)), literal(true, pred), atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(1, 6))
def test_names_of_regions_mean_nothing_and_scores_keep_their_bounds(seed, num_true, num_pred):
    true, pred = draw(seed, num_true), draw(seed + 1, num_pred)
    order = np.random.default_rng(seed).permutation(50)
    scores = compare_segmentations(contingency(true, pred))
    np.testing.assert_allclose(compare_segmentations(contingency(order[true], order[pred])), scores)
    assert 0 < scores[0] <= 1 and 0 <= scores[1] <= 1 and 0 <= scores[2] <= 2 * np.log2(6) + 1e-9
    np.testing.assert_allclose(compare_segmentations(contingency(true, order[true])), (1, 1, 0), atol=1e-12)


def test_cases_worked_out_by_hand():
    """Two halves against one region: IoU .5 each; 12 of 28 pairs are together; one bit is missing."""
    whole = compare_segmentations(contingency(HALVES, np.zeros_like(HALVES)))
    np.testing.assert_allclose(whole, (0.5, 12 / 28, 1.0))
    # Against single pixels: IoU .25 each; 16 of 28 pairs apart; two bits too many.
    pixels = compare_segmentations(contingency(HALVES, np.arange(8).reshape(2, 4)))
    np.testing.assert_allclose(pixels, (0.25, 16 / 28, 2.0))
    # Against the other halves, top and bottom: IoU 2 / 6; 4 pairs are together and 8 apart in both; both bits differ.
    crossed = compare_segmentations(contingency(HALVES, HALVES.T.reshape(4, 2).repeat(2, 1)[[0, 2]]))
    np.testing.assert_allclose(crossed, (1 / 3, 12 / 28, 2.0))


def test_ignored_pixels_count_nowhere():
    true = HALVES.copy()
    true[0] = -1
    assert contingency(true, np.arange(8).reshape(2, 4)).tolist() == [[1, 1, 0, 0], [0, 0, 1, 1]]


def test_annotators_and_images_are_averaged():
    """PRI and VI: every annotator alike; covering: by the area that they drew."""
    metrics = RegionMetrics()
    partial = np.where([[True, False, False, False]], 0, -1).repeat(2, 0)
    people = np.stack([HALVES, np.zeros_like(HALVES), partial], axis=-1)
    whole = np.zeros_like(HALVES)
    metrics.update_state(people, whole)
    metrics.update_state(HALVES, HALVES)
    found = metrics.result()
    assert found["covering_ods"] == pytest.approx((8 * 0.5 + 8 + 2 + 8) / 26)
    assert found["PRI_ods"] == pytest.approx(((12 / 28 + 1 + 1) / 3 + 1) / 2)
    assert found["VI_ods"] == pytest.approx(((1 + 0 + 0) / 3 + 0) / 2)
    assert {key: found[key.replace("ods", "ois")] for key in found if "ods" in key} == pytest.approx(
        {key: value for key, value in found.items() if "ods" in key}
    )


def test_predicted_regions_count_where_half_of_the_union_is_shared():
    """Of three, one is a half of the image, one is three quarters of the other half, one the rest of that."""
    pred = HALVES.copy()
    pred[1, 3] = 2
    assert matched_part(contingency(HALVES, pred)) == pytest.approx(2 / 3)
    metrics = RegionMetrics()
    metrics.update_state(HALVES, pred)
    metrics.update_state(np.stack([HALVES, np.zeros_like(HALVES)], axis=-1), HALVES)
    assert metrics.result()["AP50_approximate_ods"] == pytest.approx((2 / 3 + (1 + 1) / 2) / 2)


def test_one_value_for_the_set_and_one_for_each_image():
    metrics = RegionMetrics()
    cuts = np.stack([np.zeros_like(HALVES), HALVES], axis=-1)
    for true in (HALVES, HALVES, np.zeros_like(HALVES)):
        metrics.update_state(true, cuts)
    found = metrics.result()
    assert found["covering_ods"] == pytest.approx(2.5 / 3) and found["VI_ods"] == pytest.approx(1 / 3)
    assert [found[f"{name}_ois"] for name in NAMES] == pytest.approx([1, 1, 0, 1])
    np.testing.assert_allclose(metrics.curve()[:, 0], [2 / 3, 2.5 / 3])


def test_nothing_is_nan_and_mistakes_are_named():
    metrics = RegionMetrics()
    metrics.update_state(HALVES, HALVES, sample_weight=0)
    metrics.update_state(np.full_like(HALVES, -1), HALVES)
    assert all(np.isnan(value) for value in metrics.result().values())
    metrics.update_state(HALVES, HALVES)
    with pytest.raises(DataError, match="one shape"):
        metrics.update_state(HALVES, HALVES[:1])
    with pytest.raises(DataError, match="a predicted number is -1"):
        metrics.update_state(HALVES, HALVES - 1)
    with pytest.raises(DataError, match="2 segmentations of an image, 1 of those before"):
        metrics.update_state(HALVES, np.stack([HALVES, HALVES], axis=-1))
    assert RegionMetrics.from_config(metrics.get_config()).name == "regions"


def test_boundaries_are_matched_at_the_best_cut_of_the_set_and_of_each_image():
    """A border three pixels off is beyond the tolerance: found by one of two cuts, in one of two images each."""
    true = np.zeros((20, 30), int)
    true[:, 15:] = 1
    near, far = np.roll(true, 1, axis=1), np.roll(true, 4, axis=1)
    near[:, :4], far[:, :4] = 0, 0
    metrics = RegionMetrics(boundaries=True, tolerance=0.06)  # 2.2 px
    metrics.update_state(np.stack([true, true], axis=-1), np.stack([near, far], axis=-1))
    metrics.update_state(true, np.stack([far, near], axis=-1))
    found = metrics.result()
    # ODS: the first cut, 20 of 40 predicted are right, 40 of 60 drawn are found.
    assert found["boundary_F_ods"] == pytest.approx(2 * (1 / 2) * (2 / 3) / (1 / 2 + 2 / 3))
    assert found["boundary_F_ois"] == pytest.approx(1)
    assert RegionMetrics.from_config(metrics.get_config()).get_config() == metrics.get_config()


def test_regions_without_a_boundary_have_an_f_of_nought():
    metrics = RegionMetrics(boundaries=True)
    assert np.isnan(metrics.result()["boundary_F_ods"])
    metrics.update_state(np.zeros((6, 6), int), np.zeros((6, 6), int))
    assert metrics.result()["boundary_F_ods"] == 0 and metrics.result()["covering_ods"] == 1
