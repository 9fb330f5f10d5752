import numpy as np
import pytest
from scipy import ndimage

from xdomain_keras.metrics.structure import e_measure, s_measure, weighted_f_measure


def draw(seed, size=(14, 17)):
    rng = np.random.default_rng(seed)
    field = ndimage.gaussian_filter(rng.normal(size=size), 2)
    true = field > np.quantile(field, rng.uniform(0.3, 0.9))
    return true, np.clip(0.6 * true + ndimage.gaussian_filter(rng.normal(size=size), 1) * 0.5 + 0.2, 0, 1)


def margolin(true, saliency):
    """Section 4 of the paper, pixel by pixel."""
    on = np.argwhere(true)
    error, spread = np.abs(saliency - true), np.zeros(true.shape)
    away = np.zeros(true.shape)
    for place in np.ndindex(true.shape):
        distances = np.hypot(*(on - place).T)
        away[place] = distances.min()
        # The nearest pixel of the object; of several the one that the distance transform takes.
        spread[place] = error[place] if true[place] else np.nan
    _, nearest = ndimage.distance_transform_edt(~true, return_indices=True)
    spread = np.where(np.isnan(spread), error[tuple(nearest)], spread)
    line = np.exp(-(np.arange(-3, 4) ** 2) / 50)
    kernel = np.outer(line, line) / np.outer(line, line).sum()
    padded = np.pad(spread, 3)
    blurred = np.array(
        [
            [(kernel * padded[row : row + 7, column : column + 7]).sum() for column in range(true.shape[1])]
            for row in range(true.shape[0])
        ]
    )
    weighed = np.where(true & (blurred < error), blurred, error) * np.where(true, 1, 2 - np.exp(np.log(0.5) / 5 * away))
    recall = 1 - weighed[true].mean()
    hits = true.sum() - weighed[true].sum()
    precision = hits / (hits + weighed[~true].sum())
    return 2 * recall * precision / (recall + precision)


def enhanced(true, cut):
    """Equations 2 to 5 of Fan et al. (2018) with whole matrices."""
    a, b = true - true.mean(), cut - cut.mean()
    alignment = 2 * a * b / (a * a + b * b)
    return ((1 + alignment) ** 2 / 4).sum() / (true.size - 1)


@pytest.mark.parametrize("seed", range(4))
def test_the_formulas_of_the_papers(seed):
    true, saliency = draw(seed)
    assert weighted_f_measure(true, saliency) == pytest.approx(margolin(true, saliency), abs=1e-9)
    cut = saliency > 0.5
    found = e_measure((cut & true).sum(), cut.sum(), true.sum(), true.size)
    assert found == pytest.approx(enhanced(true.astype(float), cut.astype(float)), abs=1e-9)


def test_structure_of_one_quarter_worked_out_by_hand():
    """Object and background known by heart; around the centre of the object the four parts agree as well."""
    true = np.zeros((4, 4), bool)
    true[:2, :2] = True
    # Means .8 and .2 without spread: 2 m / (m² + 1) for the object and for the turned background, both m = .8.
    saliency = np.where(true, 0.8, 0.2)
    whole = 2 * 0.8 / (0.64 + 1)
    # The centre (.5, .5) is rounded to even, 0, and cut after the next pixel.
    parts = [((slice(0, 1), slice(0, 1)), 1), ((slice(0, 1), slice(1, 4)), 3)]
    parts += [((slice(1, 4), slice(0, 1)), 3), ((slice(1, 4), slice(1, 4)), 9)]
    region = 0.0
    for place, area in parts:
        x, y = saliency[place].ravel(), true[place].ravel().astype(float)
        if len(x) == 1:
            region += area / 16
            continue
        covariance = np.cov(x, y)
        upper = 4 * x.mean() * y.mean() * covariance[0, 1]
        region += area / 16 * upper / ((x.mean() ** 2 + y.mean() ** 2) * (covariance[0, 0] + covariance[1, 1]))
    assert s_measure(true, saliency) == pytest.approx(0.5 * whole + 0.5 * region, abs=1e-9)


def test_perfect_maps_and_their_opposite():
    true, _ = draw(0)
    for map_, best in ((true.astype(float), True), (1.0 - true, False)):
        scores = weighted_f_measure(true, map_), s_measure(true, map_)
        assert all(score > 0.99 for score in scores) if best else all(score < 0.2 for score in scores)


@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
def test_maps_without_object_or_full_of_it(value):
    none, saliency = np.zeros((5, 6), bool), np.full((5, 6), value)
    assert weighted_f_measure(none, saliency) == 0 and s_measure(none, saliency) == pytest.approx(1 - value)
    assert s_measure(~none, saliency) == pytest.approx(value)
    assert e_measure(0, 10, 0, 30) == pytest.approx(20 / 29) and e_measure(10, 10, 30, 30) == pytest.approx(10 / 29)
    for true in (none, ~none):
        assert np.isfinite(weighted_f_measure(true, saliency))
