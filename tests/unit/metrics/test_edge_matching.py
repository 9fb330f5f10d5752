import cv2
import hypothesis
import hypothesis.extra.numpy
import numpy as np
import pytest
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from xdomain_keras.metrics.edge_matching import match, suppress_non_maxima, thin

MASKS = hypothesis.extra.numpy.arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 12)))


def count_parts(mask, connectivity):
    return cv2.connectedComponents(mask.astype(np.uint8), connectivity=connectivity)[0] - 1


@hypothesis.given(MASKS)
def test_thinning_keeps_parts_and_holes_and_does_nothing_twice(mask):
    thinned = thin(mask)
    assert not (thinned & ~mask).any()
    assert count_parts(thinned, 8) == count_parts(mask, 8)
    assert count_parts(np.pad(~thinned, 1, constant_values=True), 4) == count_parts(
        np.pad(~mask, 1, constant_values=True), 4
    )
    np.testing.assert_array_equal(thin(thinned), thinned)


@pytest.mark.parametrize("width", [2, 3, 5])
@pytest.mark.parametrize("slope", [0, 1])
def test_a_bar_becomes_a_line(width, slope):
    mask = np.zeros((40, 40), np.uint8)
    cv2.line(mask, (8, 15), (30, 15 + 10 * slope), 1, width)
    thinned = thin(mask > 0)
    assert (thinned.sum(0) <= 1).all() or slope
    assert thinned.sum() == pytest.approx(23, abs=width + 2)


def best_by_assignment(predicted, true, reach):
    first, second = np.argwhere(predicted), np.argwhere(true)
    if not len(first) or not len(second):
        return 0
    far = ((first[:, None] - second[None]) ** 2).sum(-1) > reach**2
    rows, columns = linear_sum_assignment(far)
    return int((~far[rows, columns]).sum())


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("reach", [0.5, 1.0, 2.3, 4.0])
def test_as_many_pairs_as_an_assignment_finds(seed, reach):
    rng = np.random.default_rng(seed)
    predicted, true = rng.random((2, 11, 14)) < rng.uniform(0, 0.4)
    matched, pairs = match(predicted, true, reach)
    assert pairs == matched.sum() == best_by_assignment(predicted, true, reach)
    assert not (matched & ~predicted).any()


def test_empty_masks_have_no_pairs():
    nothing, all_ = np.zeros((4, 5), bool), np.ones((4, 5), bool)
    assert match(nothing, all_, 2)[1] == match(all_, nothing, 2)[1] == match(nothing, nothing, 2)[1] == 0


@pytest.mark.parametrize("angle", [0, 30, 45, 90, 120])
def test_a_ridge_of_any_direction_keeps_its_crest(angle):
    rows, columns = np.mgrid[:41, :41] - 20.0
    across = columns * np.cos(np.radians(angle)) + rows * np.sin(np.radians(angle))
    ridge = np.exp(-(across**2) / 8).astype(np.float32)
    kept = suppress_non_maxima(ridge)[8:-8, 8:-8] > 0
    assert kept[np.abs(across[8:-8, 8:-8]) < 0.3].all()
    assert not kept[np.abs(across[8:-8, 8:-8]) > 1.5].any()


def test_what_is_kept_keeps_its_value():
    edges = np.random.default_rng(0).random((9, 12)).astype(np.float32)
    kept = suppress_non_maxima(edges)
    np.testing.assert_array_equal(kept[kept > 0], edges[kept > 0])
