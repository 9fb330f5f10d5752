import numpy as np
import pytest
from keras import ops

from xdomain_keras.losses.adversarial import domain_loss, gradient_penalty

LOGITS = np.float32([-30.0, -1.5, 0.0, 0.4, 25.0])


def sigmoid(x):
    return 1 / (1 + np.exp(-x.astype("float64")))


@pytest.mark.parametrize("label", [0.0, 0.1, 0.9, 1.0])
def test_objectives_are_their_formulas(label):
    p = sigmoid(LOGITS[1:4])
    expected = {
        "bce": -np.mean(label * np.log(p) + (1 - label) * np.log(1 - p)),
        "least_squares": np.mean((LOGITS[1:4] - label) ** 2),
        "wasserstein": np.mean(LOGITS[1:4]) * (1 - 2 * label),
    }
    for objective, value in expected.items():
        assert float(domain_loss(ops.array(LOGITS[1:4]), label, objective)) == pytest.approx(value, rel=1e-5)


def test_sure_answers_stay_finite():
    assert np.isfinite(float(domain_loss(ops.array(1e4 * LOGITS), 0.9, "bce")))


def test_the_penalty_is_that_of_the_points_between():
    rng = np.random.default_rng(0)
    first, second = (rng.normal(0, 1, (3, 2, 2, 2)).astype("float32") for _ in range(2))
    second, mix = np.concatenate([second, second]), np.float32([0.0, 0.25, 1.0])
    points = mix[:, None, None, None] * first + (1 - mix[:, None, None, None]) * second[:3]
    # f(x) = sum x³ / 3, whose gradient is x².
    norms = np.sqrt((points**4).sum((1, 2, 3)))
    found = gradient_penalty(
        lambda x: ops.sum(x**3, axis=(1, 2, 3)) / 3, ops.array(first), ops.array(second), ops.array(mix)
    )
    assert float(ops.convert_to_numpy(found)) == pytest.approx(np.mean((norms - 1) ** 2), rel=1e-4)
