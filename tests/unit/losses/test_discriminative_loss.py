import itertools

import numpy as np
import pytest

from tests.unit.losses.regions import assert_finite, draw, nothing_to_learn_from, per_image, regions_of, softmax
from xdomain_keras.losses import DiscriminativeLoss


def literal(ids, descriptors, pull, push, weight):
    """Equations 1 to 4 of De Brabandere et al., region by region."""
    regions = regions_of(descriptors, ids)
    means = [own.mean(0) for own in regions]
    terms = [
        np.maximum(np.linalg.norm(mean - own, axis=1) - pull, 0) ** 2 for own, mean in zip(regions, means, strict=True)
    ]
    variance = np.mean([term.mean() for term in terms])
    apart = [max(2 * push - np.linalg.norm(a - b), 0) ** 2 for a, b in itertools.permutations(means, 2)]
    return variance + np.mean(apart) + weight * np.mean([np.linalg.norm(mean) for mean in means])


@pytest.mark.parametrize("descriptor", ["softmax", "linear"])
@pytest.mark.parametrize("num_regions", [2, 7])
def test_it_is_the_literal_formula(descriptor, num_regions):
    ids, values = draw(num_regions, 4)
    loss = DiscriminativeLoss(0.3, 1.1, 0.01, descriptor, reduction=None)
    shown = softmax(values) if descriptor == "softmax" else np.float64(values)
    expected = [literal(i[..., 0], x, 0.3, 1.1, 0.01) for i, x in zip(ids, shown, strict=True)]
    np.testing.assert_allclose(per_image(loss, ids, values), expected, rtol=1e-5)


def test_means_that_are_far_apart_and_close_regions_cost_only_their_length():
    ids = np.float32([[[[0], [0], [1], [1]]]])
    values = np.float32([[[[0.1], [-0.1], [9.9], [10.1]]]])
    np.testing.assert_allclose(per_image(DiscriminativeLoss(descriptor="linear"), ids, values), 0.005, rtol=1e-5)


def test_nothing_to_compare_leaves_value_and_gradient_finite():
    ids, (_, values) = nothing_to_learn_from(), draw(2, 3, num_images=3)
    slope = assert_finite(DiscriminativeLoss, ids, values)
    assert not slope[0].any()
    assert_finite(DiscriminativeLoss, ids, np.zeros_like(values))


def test_it_is_restored_from_its_config():
    loss = DiscriminativeLoss(0.1, 0.2, 0.3, "unit", 9)
    assert DiscriminativeLoss.from_config(loss.get_config()).get_config() == loss.get_config()
