import numpy as np
import pytest
from keras import ops

from tests.rounding import assert_equal_up_to_rounding
from tests.unit.losses.regions import draw, per_image
from xdomain_keras.errors import ConfigError
from xdomain_keras.losses.region_loss import (
    RegionLoss,
    as_pixels,
    distance,
    region_means,
    region_sums,
    squared_distances,
)


class Mean(RegionLoss):
    """The mean descriptor's first channel of region 0."""

    def compare(self, descriptors, ids):
        return region_means(*as_pixels(descriptors, ids), self.max_regions)[1][:, 0, 0]


def test_sums_over_regions_are_those_of_every_region():
    ids, values = draw(5, 3)
    ids, flat = ids[..., 0].reshape(2, -1).astype("int32"), values.reshape(2, -1, 3)
    counts, means = (ops.convert_to_numpy(x) for x in region_means(flat, ids, 6))
    squares = ops.convert_to_numpy(region_sums((flat**2).sum(-1), ids, 6))
    for image in range(2):
        for region in range(6):
            own = flat[image][ids[image] == region]
            assert counts[image, region] == len(own)
            expected = own.mean(0) if len(own) else np.zeros(3)
            np.testing.assert_allclose(means[image, region], expected, rtol=1e-5, atol=1e-6)
            np.testing.assert_allclose(squares[image, region], (own**2).sum(), rtol=1e-5)


def test_numbers_beyond_the_most_are_no_region():
    counts, _ = region_means(np.ones((1, 4, 2), "float32"), np.int32([[0, 1, 2, 7]]), 2)
    assert ops.convert_to_numpy(counts).tolist() == [[1, 1]]


def test_an_image_is_the_mean_over_the_annotators_that_drew():
    ids, values = draw(3, 2, num_images=1, annotators=3)
    ids[..., 1] = -1
    loss = Mean(descriptor="linear", reduction=None)
    alone = [per_image(loss, ids[..., [column]], values) for column in (0, 2)]
    np.testing.assert_allclose(per_image(loss, ids, values), np.mean(alone, 0), rtol=1e-6)
    assert per_image(loss, np.full_like(ids, -1), values).tolist() == [0]


@pytest.mark.parametrize(("descriptor", "expected"), [("softmax", 1 / (1 + np.exp(1))), ("linear", 3), ("unit", 3 / 5)])
def test_descriptors(descriptor, expected):
    loss = Mean(descriptor=descriptor)
    np.testing.assert_allclose(per_image(loss, np.zeros((1, 1, 1, 1)), np.float32([[[[3, 4]]]])), expected, rtol=1e-6)


def test_a_coarse_prediction_is_stretched():
    values = np.tile(np.float32([1, 2]), (1, 2, 2, 1))
    assert_equal_up_to_rounding(per_image(Mean(descriptor="linear"), np.zeros((1, 6, 8, 1)), values), 1.0)


def test_distances():
    a, b = np.float32([[[0, 0], [3, 4]]]), np.float32([[[0, 0]]])
    squares = squared_distances(a, b)
    assert ops.convert_to_numpy(squares).ravel().tolist() == [0, 25]
    assert ops.convert_to_numpy(distance(squares)).ravel().tolist() == [0, 5]


@pytest.mark.parametrize(
    ("options", "message"),
    [({"descriptor": "cosine"}, "descriptor"), ({"max_regions": 0}, "max_regions is 0; expected an integer from 1 up")],
)
def test_wrong_options(options, message):
    with pytest.raises(ConfigError, match=message):
        Mean(**options)
