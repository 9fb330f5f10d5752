import math

import numpy as np
import pytest
import scipy.stats

from xdomain_keras.evaluation.significance import compare_pairs


def test_t_and_p_are_those_of_scipy():
    rng = np.random.default_rng(0)
    for number in (2, 5, 9):
        first, other = rng.normal(0, 1, (2, number))
        found, expected = compare_pairs(list(first), list(other)), scipy.stats.ttest_rel(other, first)
        assert (found.t, found.p) == pytest.approx((expected.statistic, expected.pvalue))
        assert found.difference == pytest.approx((other - first).mean()) and found.number == number


def test_a_verdict_needs_the_t_distribution():
    """t = 2.5 would be enough for many seeds, and is not for three."""
    first, other = [0.0, 0.0, 0.0], [1.0, 2.0, 3.5]
    assert 2 < compare_pairs(first, other).t < 4.3 and compare_pairs(first, other).verdict == "undecided"
    assert compare_pairs(first * 4, other * 4).verdict == "better"
    assert compare_pairs(first * 4, other * 4, lower_is_better=True).verdict == "worse"


def test_what_is_missing_is_left_out_with_its_pair():
    found = compare_pairs([0.1, None, 0.3, math.nan], [0.2, 0.5, 0.5, 0.1])
    assert found.number == 2 and found.difference == pytest.approx(0.15)
    assert compare_pairs([None], [0.2]).verdict == "undecided" and compare_pairs([0.1], [0.2]).verdict == "undecided"


def test_equal_differences_are_decided_and_no_difference_is_not():
    assert compare_pairs([0.0, 0.5], [0.25, 0.75]).verdict == "better"
    assert compare_pairs([0.5, 0.25], [0.5, 0.25]).verdict == "undecided"
