import numpy as np
import pytest
from keras import ops

from tests.unit.losses.gradients import gradient
from xdomain_keras.losses import bilinear_mmd, linear_mmd, rbf_mmd

SIZES = [(1, 1, 1, 1), (4, 3, 2, 2), (8, 8, 16, 5), (5, 9, 64, 64), (16, 2, 128, 8)]


def draw(n, m, dim, rank, seed=0):
    rng = np.random.default_rng(seed)
    source, target = rng.normal(0.5, 1, (n, dim)), rng.normal(-0.5, 2, (m, dim))
    return [array.astype("float32") for array in (source, target, rng.normal(0, dim**-0.5, (rank, dim)))]


def v_statistic(source, target, kernel):
    """The mean of the kernel over all pairs within each set, less twice the mean across: Eq. 1, pair by pair."""

    def mean(xs, ys):
        return np.mean([[kernel(x, y) for y in ys.astype("float64")] for x in xs.astype("float64")])

    return mean(source, source) + mean(target, target) - 2 * mean(source, target)


@pytest.mark.parametrize("constant", [0.0, 1.0, 100.0])
@pytest.mark.parametrize("size", SIZES)
def test_bilinear_closed_form_is_the_sum_over_pairs_whatever_c(size, constant):
    source, target, projection = draw(*size)
    matrix = projection.T.astype("float64") @ projection + np.eye(size[2])
    expected = v_statistic(source, target, lambda x, y: x @ matrix @ y + constant)
    np.testing.assert_allclose(float(bilinear_mmd(source, target, projection)), expected, rtol=1e-6)


@pytest.mark.parametrize("size", SIZES)
def test_linear_is_the_sum_over_pairs(size):
    source, target, _ = draw(*size)
    expected = v_statistic(source, target, lambda x, y: x @ y)
    np.testing.assert_allclose(float(linear_mmd(source, target)), expected, rtol=1e-6)


@pytest.mark.parametrize("bandwidths", [(1.0,), (0.25, 0.5, 1.0, 2.0, 4.0)])
@pytest.mark.parametrize("size", SIZES)
def test_rbf_is_the_sum_over_pairs(size, bandwidths):
    source, target, _ = draw(*size)
    both = np.concatenate([source, target]).astype("float64")
    scale = np.mean([[np.sum((x - y) ** 2) for x in both] for y in both])

    def kernel(x, y):
        return sum(np.exp(-np.sum((x - y) ** 2) / (bandwidth * scale)) for bandwidth in bandwidths)

    expected = v_statistic(source, target, kernel)
    np.testing.assert_allclose(float(rbf_mmd(source, target, bandwidths)), expected, rtol=2e-5)


KERNELS = {
    "linear": linear_mmd,
    "bilinear": lambda x, y: bilinear_mmd(x, y, ops.eye(6)),
    "rbf": rbf_mmd,
}


@pytest.mark.parametrize("kernel", KERNELS)
def test_equal_sets_are_at_distance_0_and_others_are_not(kernel):
    source, target, _ = draw(5, 5, 6, 1)
    assert abs(float(KERNELS[kernel](source, source[::-1].copy()))) < 1e-6
    assert float(KERNELS[kernel](source, target)) > 0.1


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("equal", [False, True])
def test_gradients_are_finite_for_single_images_and_equal_features(kernel, equal):
    source, target, _ = draw(1, 1, 6, 1)
    target = ops.convert_to_tensor(source if equal else target)
    slope = gradient(lambda x: KERNELS[kernel](x, target), source)
    assert np.isfinite(slope).all()
    # The scale of the Gaussians is half the distance of the one pair: the value is constant, the slope is not.
    assert slope.any() == (not equal)


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_step_down_the_gradient_brings_the_sets_together(kernel):
    source, target, _ = draw(6, 4, 6, 1)
    before = float(KERNELS[kernel](source, target))
    after = source - 0.05 * gradient(lambda x: KERNELS[kernel](x, ops.convert_to_tensor(target)), source)
    assert float(KERNELS[kernel](after, target)) < before
