"""Saliency scores against the formulas written as loops, and against pysaliency.

The loops follow the MATLAB code of the MIT saliency benchmark (github.com/cvzoya/saliency), step by step.
"""

import json
import pathlib

import numpy as np
import pytest

from tests.parity.saliency_cases import COUNT, draw_case
from xdomain_keras.metrics import auc_borji, auc_judd, auc_shuffled, correlation, kl_divergence, nss, similarity


def binary_map(points, shape):
    seen = np.zeros(shape, bool)
    for x, y in points:
        seen[int(y), int(x)] = True
    return seen


def trapezoid(false_alarms, hits):
    pairs = range(len(hits) - 1)
    return sum((false_alarms[i + 1] - false_alarms[i]) * (hits[i + 1] + hits[i]) / 2 for i in pairs)


def judd_by_loop(saliency, seen):
    hits, false_alarms = [0.0], [0.0]
    for threshold in sorted(set(saliency[seen]), reverse=True):
        hits.append(np.sum(saliency[seen] >= threshold) / seen.sum())
        false_alarms.append(np.sum(saliency[~seen] >= threshold) / (~seen).sum())
    return trapezoid([*false_alarms, 1.0], [*hits, 1.0])


def judd_by_matlab(saliency, seen):
    """The benchmark's own counting, which is right where no two pixels are equal."""
    num_seen, num_pixels = seen.sum(), seen.size
    hits, false_alarms = np.zeros(num_seen + 2), np.zeros(num_seen + 2)
    hits[-1] = false_alarms[-1] = 1
    for i, threshold in enumerate(sorted(saliency[seen], reverse=True), start=1):
        hits[i] = i / num_seen
        false_alarms[i] = (np.sum(saliency >= threshold) - i) / (num_pixels - num_seen)
    return trapezoid(false_alarms, hits)


def auc_on_grid(positives, negatives, step=0.1):
    hits, false_alarms = [0.0], [0.0]
    highest = max(*positives, *negatives)
    for k in reversed(range(int(highest / step + 1e-9) + 1)):
        hits.append(np.mean(positives >= k * step - 1e-12))
        false_alarms.append(np.mean(negatives >= k * step - 1e-12))
    return trapezoid([*false_alarms, 1.0], [*hits, 1.0])


def scale(saliency):
    return (saliency - saliency.min()) / (saliency.max() - saliency.min())


@pytest.mark.parametrize("seed", range(COUNT))
def test_maps_equal_the_formulas(seed):
    saliency, density, *_ = draw_case(seed)
    num_pixels = saliency.size
    a, b = density.ravel().tolist(), saliency.ravel().tolist()
    mean_a, mean_b = sum(a) / num_pixels, sum(b) / num_pixels
    covariance = sum((x - mean_a) * (y - mean_b) for x, y in zip(a, b, strict=True))
    variances = sum((x - mean_a) ** 2 for x in a) * sum((y - mean_b) ** 2 for y in b)
    assert correlation(density, saliency) == pytest.approx(covariance / variances**0.5, abs=1e-6)
    eps = 2.2204e-16
    p, q = density / density.sum(), saliency / saliency.sum()
    expected = sum(x * np.log(eps + x / (y + eps)) for x, y in zip(p.ravel(), q.ravel(), strict=True))
    assert kl_divergence(density, saliency) == pytest.approx(expected, abs=1e-6)
    for subtract_minimum in (True, False):
        c, d = (scale(density), scale(saliency)) if subtract_minimum else (density, saliency)
        expected = sum(min(x, y) for x, y in zip((c / c.sum()).ravel(), (d / d.sum()).ravel(), strict=True))
        assert similarity(density, saliency, subtract_minimum) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("seed", range(COUNT))
def test_locations_equal_the_formulas(seed):
    saliency, _, fixations, _ = draw_case(seed)
    seen = binary_map(fixations, saliency.shape)
    z = (saliency - saliency.mean()) / saliency.std()
    assert nss(fixations, saliency) == pytest.approx(np.mean(z[seen]), abs=1e-6)
    every = np.mean([z[int(y), int(x)] for x, y in fixations])
    assert nss(fixations, saliency, distinct=False) == pytest.approx(every, abs=1e-6)
    assert auc_judd(fixations, saliency) == pytest.approx(judd_by_loop(saliency, seen), abs=1e-6)
    if len(np.unique(saliency)) == saliency.size:
        assert auc_judd(fixations, saliency) == pytest.approx(judd_by_matlab(saliency, seen), abs=1e-6)


@pytest.mark.parametrize("seed", range(COUNT))
def test_without_splits_the_roc_is_that_of_all_nonfixations(seed):
    saliency, _, fixations, others = draw_case(seed)
    scaled, seen = scale(saliency), binary_map(fixations, saliency.shape)
    exact = auc_on_grid(scaled[seen], scaled.ravel())
    assert auc_borji(fixations, saliency, num_splits=None) == pytest.approx(exact, abs=1e-6)
    exact = auc_on_grid(scaled[seen], np.array([scaled[int(y), int(x)] for x, y in others]))
    assert auc_shuffled(fixations, saliency, others, num_splits=None) == pytest.approx(exact, abs=1e-6)


@pytest.mark.parametrize("seed", range(40))
def test_borji_equals_the_mean_of_rocs(seed):
    saliency, _, fixations, _ = draw_case(seed)
    scaled, seen = scale(saliency), binary_map(fixations, saliency.shape)
    drawn = np.random.default_rng(seed).integers(saliency.size, size=(20, seen.sum()))
    expected = np.mean([auc_on_grid(scaled[seen], scaled.ravel()[row]) for row in drawn])
    assert auc_borji(fixations, saliency, num_splits=20, seed=seed) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("seed", range(40))
def test_shuffled_equals_the_mean_of_rocs(seed):
    saliency, _, fixations, others = draw_case(seed)
    scaled, seen = scale(saliency), binary_map(fixations, saliency.shape)
    values = np.array([scaled[int(y), int(x)] for x, y in others])
    generator = np.random.default_rng(seed)
    expected = []
    for _ in range(20):
        size = min(seen.sum(), len(others))
        expected.append(auc_on_grid(scaled[seen], values[generator.choice(len(others), size, False, shuffle=False)]))
    result = auc_shuffled(fixations, saliency, others, num_splits=20, seed=seed)
    assert result == pytest.approx(np.mean(expected), abs=1e-6)


def test_aucs_without_grid_are_the_area_under_the_roc_curve():
    sklearn = pytest.importorskip("sklearn.metrics")
    for seed in range(40):
        saliency, _, fixations, others = draw_case(seed)
        rows, columns = fixations[:, 1].astype(int), fixations[:, 0].astype(int)
        positives = saliency[rows, columns]
        for name, negatives, result in (
            ("borji", saliency.ravel(), auc_borji(fixations, saliency, None, None, distinct=False)),
            (
                "shuffled",
                saliency[others[:, 1].astype(int), others[:, 0].astype(int)],
                auc_shuffled(fixations, saliency, others, None, None, distinct=False),
            ),
        ):
            labels = np.r_[np.ones(len(positives)), np.zeros(len(negatives))]
            assert result == pytest.approx(sklearn.roc_auc_score(labels, np.r_[positives, negatives]), abs=1e-9), name


# Written by `pysaliency_oracle.py`, which says how each score counts.
PYSALIENCY = json.loads(pathlib.Path(__file__).with_name("pysaliency.json").read_text(encoding="utf-8"))["rows"]
ALL_FIXATIONS = [(case[2], case[0].shape) for case in map(draw_case, range(COUNT))]


@pytest.mark.parametrize("seed", range(COUNT))
def test_equals_pysaliency(seed):
    saliency, density, fixations, _ = draw_case(seed)
    height, width = saliency.shape
    others = [own * (width / w, height / h) for i, (own, (h, w)) in enumerate(ALL_FIXATIONS) if i != seed]
    result = [
        nss(fixations, saliency, distinct=False),
        correlation(density, saliency),
        similarity(density, saliency, subtract_minimum=False),
        kl_divergence(density, saliency),
        auc_judd(fixations, saliency, distinct=False),
        auc_borji(fixations, saliency, num_splits=None, step=None, distinct=False),
        auc_shuffled(fixations, saliency, np.concatenate(others), None, None, distinct=False),
    ]
    np.testing.assert_allclose(result, PYSALIENCY[seed], atol=1e-6)
