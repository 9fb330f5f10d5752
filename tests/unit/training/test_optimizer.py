import keras
import numpy as np
import pytest

from tests.unit.training.tiny import MATRIX, make_network, make_tasks, make_terms
from xdomain_keras.errors import ConfigError
from xdomain_keras.signatures import call
from xdomain_keras.training import Trainer, build_optimizer

START = np.float32([1.0, -2.0, 3.0])


def variable(name="kernel", value=START):
    return keras.Variable(value, name=name)


def apply(optimizer, variables, gradients):
    """One step; gradients as lists of numbers."""
    optimizer.apply([keras.ops.array(gradient, "float32") for gradient in gradients], variables)
    return [keras.ops.convert_to_numpy(variable) for variable in variables]


def rates(total_steps, at, **options):
    """The learning rate of 2.0 at some steps of a run."""
    optimizer, found = build_optimizer(total_steps, name="sgd", learning_rate=2.0, **options), []
    for step in at:
        optimizer.iterations.assign(step)
        found.append(float(optimizer.learning_rate))
    return found


def test_sgd_has_momentum_and_decay_beside_the_gradient():
    optimizer, kernel = build_optimizer(9, "sgd", 0.1, momentum=0.5, weight_decay=0.2), variable()
    expected, velocity = START.astype("float64"), 0
    for gradient in ([1.0, 0.0, -4.0], [0.5, 2.0, 1.0], [0.0, 0.0, 0.0]):
        (found,) = apply(optimizer, [kernel], [gradient])
        velocity = 0.5 * velocity - 0.1 * np.array(gradient)
        expected = expected * (1 - 0.1 * 0.2) + velocity
        np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_of_what_a_run_trains_only_kernels_decay():
    tasks = make_tasks()
    trainer = Trainer(make_network(tasks), MATRIX, make_terms(literal=True), tasks)
    for each in trainer.trainable_variables:
        each.assign(np.ones(each.shape))
    optimizer = build_optimizer(9, "sgd", 0.1, weight_decay=0.2)
    apply(optimizer, trainer.trainable_variables, [np.zeros(each.shape) for each in trainer.trainable_variables])
    decayed = {each.name: keras.ops.convert_to_numpy(each).max() for each in trainer.trainable_variables}
    assert set(decayed) == {"kernel", "bias", "gamma", "beta", "projection", "constant"}
    assert decayed.pop("kernel") == pytest.approx(0.98)
    assert set(decayed.values()) == {1.0}


@pytest.mark.parametrize("name", ["sgd", "adam", "adamw", "rmsprop"])
def test_without_decay_nothing_decays(name):
    (found,) = apply(build_optimizer(9, name, 0.1), [variable()], [[0.0, 0.0, 0.0]])
    np.testing.assert_array_equal(found, START)


def test_adam_takes_steps_of_the_learning_rate_and_adamw_the_same():
    gradients = [[3.0, -0.1, 7.0], [1.0, 1.0, -1.0]]
    ends = []
    for name in ("adam", "adamw"):
        optimizer, kernel = build_optimizer(9, name, 0.01), variable()
        (first,) = apply(optimizer, [kernel], gradients[:1])
        np.testing.assert_allclose(first, START - 0.01 * np.sign(gradients[0]), rtol=1e-4)
        ends += apply(optimizer, [kernel], gradients[1:])
    np.testing.assert_allclose(*ends, rtol=1e-6)


def test_momentum_belongs_to_sgd_and_rmsprop():
    assert [build_optimizer(9, name, momentum=0.7).momentum for name in ("sgd", "rmsprop")] == [0.7, 0.7]


def test_the_norm_of_the_whole_gradient_is_clipped():
    optimizer = build_optimizer(9, "sgd", 1.0, momentum=0.0, clip_norm=1.0)
    kernel, bias = variable(), variable("bias", np.zeros(1, "float32"))
    a, b = apply(optimizer, [kernel, bias], [[3.0, 0.0, 0.0], [4.0]])
    np.testing.assert_allclose(np.append(a - START, b), [-0.6, 0, 0, -0.8], atol=1e-6)
    a, b = apply(optimizer, [kernel, bias], [[-0.3, 0.0, 0.0], [-0.4]])  # a small one is left as it is
    np.testing.assert_allclose(np.append(a - START, b), [-0.3, 0, 0, -0.4], atol=1e-6)


def test_schedules_run_over_the_whole_stage():
    assert rates(100, [0, 50, 100]) == [2, 2, 2]
    np.testing.assert_allclose(
        rates(100, [0, 25, 50, 100], schedule="cosine"), [2, 1 + np.cos(np.pi / 4), 1, 0], atol=1e-6
    )
    np.testing.assert_allclose(rates(100, [0, 50, 100], schedule="polynomial"), [2, 2 * 0.5**0.9, 0], atol=1e-6)
    stairs = rates(100, [0, 24, 25, 49, 50, 99], schedule="staircase", halvings=4)
    np.testing.assert_allclose(stairs, [2, 2, 1, 1, 0.5, 0.25], rtol=1e-6)


@pytest.mark.parametrize(("schedule", "half", "end"), [("cosine", 1, 0), ("constant", 2, 2)])
def test_a_warmup_goes_before_the_schedule(schedule, half, end):
    found = rates(100, [0, 10, 20, 60, 100], schedule=schedule, warmup=0.2)
    np.testing.assert_allclose(found, [0, 1, 2, half, end], atol=1e-6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"learning_rate": -1.0}, "learning_rate is -1.0; expected a number above 0."),
        ({"warmup": 500}, "warmup is 500; expected the part of the steps that it lasts, in [0, 1]."),
        ({"warmup": -0.1}, "warmup is -0.1; expected the part of the steps that it lasts, in [0, 1]."),
        (
            {"schedule": "staircase"},
            "halvings is 0; expected 1 or more with schedule: staircase, and else none.",
        ),
        ({"halvings": 3}, "halvings is 3; expected 1 or more with schedule: staircase, and else none."),
        (
            {"warmup": 0.1, "schedule": "polynomial"},
            "warmup is 0.1; the polynomial schedule has none: take cosine or constant, or drop it.",
        ),
    ],
)
def test_numbers_that_cannot_be_are_refused(options, message):
    with pytest.raises(ConfigError) as caught:
        build_optimizer(100, **options)
    assert str(caught.value) == message


def test_options_are_checked_against_the_signature():
    with pytest.raises(ConfigError, match="stages.0.optimizer: `name` is 'sdg'"):
        call(build_optimizer, {"name": "sdg"}, "stages.0.optimizer", total_steps=1)
    with pytest.raises(ConfigError, match="unknown key `learning_rat`; did you mean `learning_rate`?"):
        call(build_optimizer, {"learning_rat": 1.0}, "stages.0.optimizer", total_steps=1)
