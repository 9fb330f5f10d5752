import functools
import itertools

import keras
import numpy as np
import pytest

from tests.rounding import assert_equal_up_to_rounding
from tests.unit.losses.regions import assert_finite, draw, nothing_to_learn_from, per_image, regions_of, softmax
from xdomain_keras.errors import ConfigError
from xdomain_keras.losses import CASLoss


def literal(ids, logits, alpha):
    """Equation 1 as it is printed: a sum over regions, and a double one; (U, D) apart."""
    regions = regions_of(softmax(logits), ids)
    uniformer = sum(((own - own.mean(0)) ** 2).sum() / len(own) for own in regions)
    apart = sum(((a.mean(0) - b.mean(0)) ** 2).sum() for a, b in itertools.permutations(regions, 2))
    return alpha * uniformer - (1 - alpha) * apart, uniformer, apart


@pytest.mark.parametrize(("num_regions", "num_channels"), [(2, 2), (7, 5), (30, 21)])
@pytest.mark.parametrize("alpha", [0.1, 0.5])
def test_it_is_the_literal_double_loop(num_regions, num_channels, alpha):
    ids, logits = draw(num_regions, num_channels)
    found = per_image(CASLoss(alpha, reduction=None), ids, logits)
    expected = np.array([literal(i[..., 0], x, alpha) for i, x in zip(ids, logits, strict=True)])
    sizes = alpha * expected[:, 1] + (1 - alpha) * expected[:, 2]
    size = max(1, sizes.min())  # of squares of softmaxes, and of what is left of them
    assert_equal_up_to_rounding(found, expected[:, 0], size)


@pytest.mark.parametrize("offset", [0, 30, 100])
def test_large_maps_far_from_0_lose_nothing_in_float32(offset):
    values = np.random.default_rng(0).normal(offset, 0.1, (1, 256, 256, 2)).astype("float32")
    ids = np.zeros((1, 256, 256, 1), "float32")
    ids[:, :, 128:] = 1
    loss = CASLoss(1.0, descriptor="linear", reduction=None)
    halves = np.split(values.astype(np.float64), 2, axis=2)
    np.testing.assert_allclose(
        per_image(loss, ids, values), sum(half.var((0, 1, 2)).sum() for half in halves), rtol=1e-3
    )


@pytest.mark.parametrize("options", [{"normalization": "pairs"}, {"max_regions": 1}])
def test_what_the_released_code_has_not_is_an_error(options):
    with pytest.raises(ConfigError, match="as_released"):
        CASLoss(as_released=True, **options)


def test_the_numbers_of_regions_mean_nothing():
    ids, logits = draw(7, 5)
    order = np.random.default_rng(1).permutation(7)
    renamed = np.where(ids >= 0, order[ids.astype(int)], -1)
    losses = [per_image(CASLoss(reduction=None), each, logits) for each in (ids, renamed)]
    np.testing.assert_allclose(*losses, rtol=1e-5)


def test_means_over_regions_and_pairs():
    ids, logits = draw(6, 4)
    found = per_image(CASLoss(0.3, "pairs", reduction=None), ids, logits)
    terms = [literal(i[..., 0], x, 0.3)[1:] for i, x in zip(ids, logits, strict=True)]
    np.testing.assert_allclose(found, [0.3 * u / 6 - 0.7 * d / 30 for u, d in terms], rtol=1e-5, atol=1e-6)


def test_means_over_pixels_and_borders():
    """By loops over pixels and their neighbours to the right and below."""
    ids, logits = draw(6, 4)
    found = per_image(CASLoss(0.3, "borders", reduction=None), ids, logits)
    for value, image, values in zip(found, ids[..., 0].astype(int), logits, strict=True):
        described = softmax(values)
        means = {number: described[image == number].mean(0) for number in np.unique(image[image >= 0])}
        uniformer = [
            ((own - means[number]) ** 2).sum()
            for own, number in zip(described.reshape(-1, 4), image.ravel(), strict=True)
            if number >= 0
        ]
        apart = [
            ((means[image[y, x]] - means[image[y + dy, x + dx]]) ** 2).sum()
            for dy, dx in ((0, 1), (1, 0))
            for y in range(image.shape[0] - dy)
            for x in range(image.shape[1] - dx)
            if min(image[y, x], image[y + dy, x + dx]) >= 0 and image[y, x] != image[y + dy, x + dx]
        ]
        np.testing.assert_allclose(value, 0.3 * np.mean(uniformer) - 0.7 * np.mean(apart), rtol=1e-5, atol=1e-6)


def test_as_released_it_counts_the_pair_once_and_the_object_alone():
    ids, logits = draw(2, 2)
    found = per_image(CASLoss(0.5, as_released=True, reduction=None), ids, logits)
    for image, value in enumerate(found):
        back, front = regions_of(softmax(logits[image]), ids[image, ..., 0])
        uniformer = ((front - front.mean(0)) ** 2).sum(1).mean()
        expected = 0.5 * uniformer - 0.5 * ((front.mean(0) - back.mean(0)) ** 2).sum()
        np.testing.assert_allclose(value, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("num_regions", [2, 3, 10])
def test_it_is_smallest_where_every_region_has_a_channel_of_its_own(num_regions):
    """-(1 - α) 2 k (k - 1), and no softmax goes below."""
    ids, logits = draw(num_regions, 10, num_images=1)
    bound = -0.9 * 2 * num_regions * (num_regions - 1)
    perfect = 100 * np.eye(10, dtype="float32")[np.maximum(ids[..., 0], 0).astype(int)]
    np.testing.assert_allclose(per_image(CASLoss(), ids, perfect), bound, rtol=1e-5)
    assert bound < per_image(CASLoss(), ids, logits) <= 0.1 * num_regions


@pytest.mark.parametrize("normalization", ["none", "pairs", "borders"])
def test_nothing_to_compare_leaves_value_and_gradient_finite(normalization):
    """No region costs nothing; one region is pulled together, one pixel is together already."""
    ids = nothing_to_learn_from()
    _, logits = draw(2, 3, num_images=3)
    values = per_image(CASLoss(normalization=normalization, reduction=None), ids, logits)
    slope = assert_finite(functools.partial(CASLoss, normalization=normalization), ids, logits)
    assert values[0] == 0 and values[1] > 0 and abs(values[2]) < 1e-6
    assert not slope[0].any() and slope[1].any() and abs(slope[2]).max() < 1e-6


def test_ignored_pixels_have_no_gradient():
    ids, logits = draw(4, 3)
    slope = assert_finite(CASLoss, ids, logits)
    assert not slope[ids[..., 0] < 0].any() and slope[ids[..., 0] >= 0].any()


def test_half_precision_is_summed_in_single(monkeypatch):
    ids, logits = draw(7, 5)
    whole = per_image(CASLoss(reduction=None), ids, logits.astype("float16").astype("float32"))
    half = per_image(CASLoss(reduction=None, name="half"), ids, keras.ops.cast(logits, "float16"))
    assert_equal_up_to_rounding(half, whole)


def test_wrong_options():
    with pytest.raises(ConfigError, match=r"alpha is 1.5; expected a number in \[0, 1\]"):
        CASLoss(alpha=1.5)
    with pytest.raises(ConfigError, match="normalization"):
        CASLoss(normalization="regions")


@pytest.mark.parametrize("options", [(0.3, "pairs", False, "linear", 9), (0.5, "none", True, "softmax", 2)])
def test_it_is_restored_from_its_config(options):
    loss = CASLoss(*options)
    assert CASLoss.from_config(loss.get_config()).get_config() == loss.get_config()
