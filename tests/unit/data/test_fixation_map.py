import numpy as np
import pytest

from xdomain_keras.data.fixation_map import fixation_counts, fixation_density, fixation_pixels
from xdomain_keras.errors import DataError


def test_points_go_to_the_pixel_that_contains_them():
    rows, columns = fixation_pixels([[0.0, 0.0], [3.999, 2.999], [1.5, 0.5]], (3, 4))
    assert rows.tolist() == [0, 2, 0]
    assert columns.tolist() == [0, 3, 1]


@pytest.mark.parametrize("point", [(-0.01, 1), (1, -0.01), (4, 1), (1, 3), (np.nan, 1), (np.inf, 1)])
def test_points_outside_are_dropped(point):
    assert fixation_counts([point, (1, 1)], (3, 4)).sum() == 1


@pytest.mark.parametrize("nothing", [[], np.zeros((0, 2)), np.zeros(0)])
def test_no_points_give_empty_maps(nothing):
    assert not fixation_counts(nothing, (3, 4)).any()
    density = fixation_density(nothing, (3, 4), 2.0)
    assert density.shape == (3, 4) and density.dtype == np.float32 and not density.any()


def test_density_is_the_sum_of_gaussians_also_at_the_border():
    points, sigma = np.array([[0, 0], [19, 13], [19, 13], [10, 6], [7, 6]]), 2.5
    y, x = np.mgrid[:14, :20]
    expected = sum(np.exp(-((x - px) ** 2 + (y - py) ** 2) / (2 * sigma**2)) for px, py in points)
    # The kernel is cut at 4 sigma, where a Gaussian is exp(-8) = 3e-4 of its maximum.
    np.testing.assert_allclose(fixation_density(points, (14, 20), sigma), expected / expected.max(), atol=4e-4)


def test_density_keeps_ratios_of_well_separated_counts():
    density = fixation_density([[20, 20], [20, 20], [60, 20]], (41, 81), 3.0)
    assert density.max() == 1
    assert density[20, 60] == pytest.approx(0.5, abs=1e-5)


def test_errors_say_what_was_expected():
    with pytest.raises(DataError, match=r"got shape \(3,\); expected \[M, 2\]"):
        fixation_counts([1, 2, 3], (4, 4))
    with pytest.raises(DataError, match="positive width"):
        fixation_density([[1, 1]], (4, 4), 0)
