import numpy as np
import pytest
from keras import ops

from tests.unit.losses.gradients import gradient
from xdomain_keras.losses.cosine_distance import cosine_distance

RNG = np.random.default_rng(0)
FIRST, SECOND = RNG.normal(size=(2, 3, 4, 5, 6)).astype("float32")


def distances(first, second):
    return ops.convert_to_numpy(cosine_distance(first, second))


def by_loop(first, second):
    """The formula, position by position."""
    rows = []
    for a, b in zip(first.astype("float64"), second.astype("float64"), strict=True):
        cosines = [a[i] @ b[i] / np.linalg.norm(a[i]) / np.linalg.norm(b[i]) for i in np.ndindex(a.shape[:2])]
        rows.append(1 - np.mean(cosines))
    return rows


def test_it_is_one_minus_the_mean_cosine():
    np.testing.assert_allclose(distances(FIRST, SECOND), by_loop(FIRST, SECOND), rtol=1e-5)
    np.testing.assert_allclose(distances(FIRST, FIRST), np.zeros(3), atol=1e-6)
    np.testing.assert_allclose(distances(FIRST, -FIRST), np.full(3, 2), rtol=1e-6)


@pytest.mark.parametrize("scale", [1e-8, 1e8])
def test_lengths_do_not_count(scale):
    np.testing.assert_allclose(distances(scale * FIRST, 3 * SECOND), distances(FIRST, SECOND), rtol=1e-5)


def test_a_row_is_its_own():
    changed = SECOND.copy()
    changed[1] = 0
    before, after = distances(FIRST, SECOND), distances(FIRST, changed)
    np.testing.assert_array_equal(after[[0, 2]], before[[0, 2]])
    assert after[1] == 1


@pytest.mark.parametrize("other", [SECOND[:1], np.zeros_like(SECOND[:1])])
def test_zero_vectors_are_at_distance_1_with_a_small_gradient(other):
    first = FIRST[:1].copy()
    first[0, 1, 2] = 0
    assert np.isfinite(distances(first, other)).all()
    slope = gradient(lambda x: ops.sum(cosine_distance(x, ops.convert_to_tensor(other))), first)
    assert np.isfinite(slope).all() and np.abs(slope[0, 1, 2]).max() <= 1 / 20  # 20 positions


def test_the_gradient_is_that_of_the_formula():
    slope = gradient(lambda x: ops.sum(cosine_distance(x, ops.convert_to_tensor(SECOND[:1]))), FIRST[:1])
    a, b = FIRST[0, 2, 3].astype("float64"), SECOND[0, 2, 3].astype("float64")
    length = np.linalg.norm(a)
    towards = b / np.linalg.norm(b) / length - (a @ b) / np.linalg.norm(b) * a / length**3
    np.testing.assert_allclose(slope[0, 2, 3], -towards / 20, rtol=1e-4, atol=1e-7)


def test_half_precision_is_computed_in_float32():
    result = cosine_distance(ops.cast(FIRST, "bfloat16"), ops.cast(SECOND, "bfloat16"))
    assert ops.convert_to_numpy(result).dtype == np.float32
