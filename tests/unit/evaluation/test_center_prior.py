import numpy as np
import pytest

from xdomain_keras.data.fixation_map import fixation_density
from xdomain_keras.errors import DataError
from xdomain_keras.evaluation.center_prior import CenterPrior
from xdomain_keras.metrics import nss


def test_each_image_counts_the_same_whatever_its_scale():
    left, right = np.zeros((2, 8, 8), np.float32)
    left[4, 1], right[4, 6] = 1, 250
    prior = CenterPrior([left, right], grid=(8, 8)).predict((8, 8))
    assert prior[4, 1] == prior[4, 6] == 1
    assert np.count_nonzero(prior) == 2


def test_positions_are_relative_to_the_image():
    small = fixation_density([[30.5, 10.5]], (20, 40), 2.0)
    large = fixation_density([[61.0, 21.0]], (40, 80), 4.0)
    prior = CenterPrior([small, large], grid=(40, 80))
    for shape in ((20, 40), (40, 80), (120, 240), (50, 30)):
        row, column = np.unravel_index(prior.predict(shape).argmax(), shape)
        np.testing.assert_allclose([(row + 0.5) / shape[0], (column + 0.5) / shape[1]], [0.525, 0.7625], atol=0.03)


def test_images_without_fixations_are_left_out():
    density = fixation_density([[5, 5]], (10, 10), 2.0)
    prior = CenterPrior([density, np.zeros((10, 10))], grid=(10, 10))
    assert prior.num_images == 1
    np.testing.assert_allclose(prior.predict((10, 10)), density, atol=1e-6)
    with pytest.raises(DataError, match="no density has a fixation"):
        CenterPrior([np.zeros((10, 10))])


def test_prior_beats_chance_on_center_biased_gaze():
    generator = np.random.default_rng(0)
    gaze = [generator.normal((32, 24), (8, 6), (30, 2)) for _ in range(12)]
    prior = CenterPrior(fixation_density(points, (48, 64), 3.0) for points in gaze[:8])
    assert np.mean([nss(points, prior.predict((48, 64))) for points in gaze[8:]]) > 1
