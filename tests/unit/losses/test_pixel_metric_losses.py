import numpy as np
import pytest

from tests.unit.losses.regions import SHAPE, assert_finite, draw, nothing_to_learn_from, per_image, regions_of
from xdomain_keras.errors import ConfigError
from xdomain_keras.losses import MagnetLoss, TripletLoss

ALL = SHAPE[0] * SHAPE[1]


def triplets(ids, descriptors, margin):
    """Every anchor and positive with the nearest negative beyond the positive, or the furthest."""
    losses = []
    for a in np.flatnonzero(ids >= 0):
        others = ((descriptors[a] - descriptors[(ids >= 0) & (ids != ids[a])]) ** 2).sum(1)
        for p in np.flatnonzero(ids == ids[a]):
            if p == a or not len(others):
                continue
            near = ((descriptors[a] - descriptors[p]) ** 2).sum()
            beyond = others[others > near]
            losses.append(max(near - (beyond.min() if len(beyond) else others.max()) + margin, 0))
    return np.mean(losses) if losses else 0.0


@pytest.mark.parametrize("num_regions", [2, 5])
def test_triplets_are_semi_hard(num_regions):
    ids, values = draw(num_regions, 3)
    loss = TripletLoss(2.5, ALL, "linear", reduction=None)
    expected = [
        triplets(i[..., 0].ravel(), x.reshape(-1, 3).astype("float64"), 2.5) for i, x in zip(ids, values, strict=True)
    ]
    np.testing.assert_allclose(per_image(loss, ids, values), expected, rtol=1e-3)


def magnet(ids, descriptors, margin):
    """Equation 5 of Rippel et al. with one cluster a region."""
    regions, own = regions_of(descriptors, ids), []
    means = [region.mean(0) for region in regions]
    near = [((region - mean) ** 2).sum(1) for region, mean in zip(regions, means, strict=True)]
    variance = sum(part.sum() for part in near) / (sum(map(len, near)) - 1)
    for index, region in enumerate(regions):
        others = [((region - mean) ** 2).sum(1) for other, mean in enumerate(means) if other != index]
        total = np.exp(-np.array(others) / (2 * variance)).sum(0)
        own.extend(np.maximum(near[index] / (2 * variance) + margin + np.log(total), 0))
    return np.mean(own)


@pytest.mark.parametrize("num_regions", [2, 5])
def test_magnet_is_the_literal_formula(num_regions):
    ids, values = draw(num_regions, 3)
    loss = MagnetLoss(0.7, ALL, "linear", reduction=None)
    expected = [magnet(i[..., 0], x.astype("float64"), 0.7) for i, x in zip(ids, values, strict=True)]
    np.testing.assert_allclose(per_image(loss, ids, values), expected, rtol=1e-4)


@pytest.mark.parametrize("kind", [TripletLoss, MagnetLoss])
def test_some_pixels_stand_for_all(kind):
    """Those that are looked at, and no others, have a gradient."""
    ids, values = draw(3, 3, num_images=1)
    slope = assert_finite(lambda **options: kind(50.0, 20, "linear", **options), ids, values)
    assert 0 < (np.abs(slope).sum(-1) > 0).sum() <= 20


@pytest.mark.parametrize("kind", [TripletLoss, MagnetLoss])
def test_nothing_to_compare_leaves_value_and_gradient_finite(kind):
    ids, (_, values) = nothing_to_learn_from(), draw(2, 3, num_images=3)
    assert not assert_finite(kind, ids, values)[0].any()
    assert_finite(kind, draw(3, 3, num_images=3)[0], np.zeros_like(values))


@pytest.mark.parametrize("kind", [TripletLoss, MagnetLoss])
def test_one_pixel_is_no_sample(kind):
    with pytest.raises(ConfigError, match="pixels is 1; expected an integer from 2 up"):
        kind(pixels=1)
    loss = kind(0.5, 7, "unit", 9)
    assert kind.from_config(loss.get_config()).get_config() == loss.get_config()
