import collections

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from xdomain_keras.tasks.region_merging import Merging, connected_components, shared_borders, stretch_regions

SEEDS = st.integers(0, 10**6)


def draw(seed, num_classes=4, size=(9, 11), channels=3):
    rng = np.random.default_rng(seed)
    return rng.integers(0, num_classes, size), rng.normal(size=(*size, channels))


def same_partition(a, b):
    pairs = np.unique(np.stack([a.ravel(), b.ravel()], axis=1), axis=0)
    return len(pairs) == len(np.unique(a)) == len(np.unique(b))


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_components_are_those_of_scipy(seed):
    ids, _ = draw(seed)
    found = connected_components(ids)
    expected, count = np.zeros(ids.shape, int), 0
    for value in np.unique(ids):
        labels, number = ndimage.label(ids == value)
        expected += np.where(labels > 0, labels + count, 0)
        count += number
    assert same_partition(found, expected) and np.unique(found).tolist() == list(range(count))


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_borders_are_the_sides_between_pieces(seed):
    pieces, _ = draw(seed)
    expected = collections.Counter()
    for row, column in np.ndindex(pieces.shape):
        for other in ((row + 1, column), (row, column + 1)):
            if other[0] < pieces.shape[0] and other[1] < pieces.shape[1]:
                pair = sorted((int(pieces[row, column]), int(pieces[other])))
                expected[tuple(pair)] += pair[0] != pair[1]
    pairs, lengths = shared_borders(pieces)
    assert dict(zip(map(tuple, pairs.tolist()), lengths.tolist(), strict=True)) == +expected


def slow(pieces, descriptors, by, limit):
    """The cheapest pair of all neighbours, looked for anew after every merge."""
    pieces = pieces.copy()
    while True:
        best = None
        for (a, b), length in zip(*shared_borders(pieces), strict=True):
            sizes = [(pieces == each).sum() for each in (a, b)]
            means = [descriptors[pieces == each].mean(0) for each in (a, b)]
            apart = ((means[0] - means[1]) ** 2).sum()
            cost = (min(sizes) + 1e-3 * apart / (1 + apart)) / pieces.size
            if by == "mumford_shah":
                cost = sizes[0] * sizes[1] / sum(sizes) * apart / np.sqrt(pieces.size) / length
            if best is None or cost < best[0]:
                best = cost, a, b
        if best is None or best[0] >= limit:
            return pieces
        pieces[pieces == best[2]] = best[1]


@pytest.mark.parametrize("by", ["mumford_shah", "size"])
@settings(max_examples=15, deadline=None)
@given(seed=SEEDS)
def test_cuts_are_those_of_the_slow_way(by, seed):
    ids, descriptors = draw(seed, size=(6, 7))
    pieces = connected_components(ids)
    merging = Merging(pieces, descriptors, by)
    for limit in (0.01, 0.05, 0.2, 10.0):
        assert same_partition(merging.cut(limit), slow(pieces, descriptors, by, limit))


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_later_cuts_are_coarser_and_keep_what_was_merged(seed):
    ids, descriptors = draw(seed)
    pieces = connected_components(ids)
    merging = Merging(pieces, descriptors)
    cuts = [pieces, *(merging.cut(limit) for limit in (0.0, 0.01, 0.1, 1.0, 100.0))]
    assert same_partition(cuts[0], cuts[1]) and not cuts[-1].any()
    for fine, coarse in zip(cuts, cuts[1:], strict=False):
        pairs = np.unique(np.stack([fine.ravel(), coarse.ravel()], axis=1), axis=0)
        assert len(pairs) == fine.max() + 1 and coarse.max() <= fine.max()


def test_no_region_is_smaller_than_the_limit():
    ids, descriptors = draw(3, size=(20, 20))
    merging = Merging(connected_components(ids), descriptors, "size")
    for least in (4, 20, 100):
        assert np.bincount(merging.cut(least / 400).ravel()).min() >= least


def energy(pieces, descriptors, weight):
    """Piecewise constant Mumford-Shah: squares a pixel, and borders in sides of the image."""
    regions = [descriptors[pieces == each] for each in np.unique(pieces)]
    squares = sum(((own - own.mean(0)) ** 2).sum() for own in regions)
    return squares / pieces.size + weight * shared_borders(pieces)[1].sum() / np.sqrt(pieces.size)


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS, weight=st.floats(0.003, 0.3))
def test_a_cut_lowers_the_energy_and_no_merge_lowers_it_further(seed, weight):
    ids, descriptors = draw(seed, size=(6, 7))
    pieces = connected_components(ids)
    cut = Merging(pieces, descriptors).cut(weight)
    reached = energy(cut, descriptors, weight)
    assert reached <= energy(pieces, descriptors, weight) + 1e-12
    for a, b in shared_borders(cut)[0]:
        assert reached <= energy(np.where(cut == b, a, cut), descriptors, weight) + 1e-12


def test_one_piece_stays_one():
    merging = Merging(np.zeros((3, 4), int), np.ones((3, 4, 2)))
    assert not merging.cut(1.0).any()


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.integers(1, 5), st.integers(1, 5))
def test_stretched_regions_are_the_largest_of_their_bilinear_parts(seed, height, width):
    """OpenCV stretches a map of each region's part; where two hold as much, either may win."""
    ids = np.random.default_rng(seed).integers(0, 4, (height, width, 2))
    shape = (3 * height + 1, 2 * width)
    found = stretch_regions(ids, shape)
    for column in range(2):
        parts = np.stack(
            [
                cv2.resize((ids[..., column] == region).astype(np.float32), shape[::-1], interpolation=cv2.INTER_LINEAR)
                for region in range(4)
            ],
            axis=-1,
        )
        chosen = np.take_along_axis(parts, found[..., [column]], axis=-1)[..., 0]
        np.testing.assert_allclose(chosen, parts.max(-1), atol=1e-4)


def test_regions_of_the_same_size_stay():
    ids = np.random.default_rng(0).integers(0, 9, (5, 7, 3)).astype(np.int16)
    stretched = stretch_regions(ids, (5, 7))
    np.testing.assert_array_equal(stretched, ids)
    assert stretched.dtype == np.int16 and stretch_regions(ids[:1, :1], (4, 2)).shape == (4, 2, 3)
