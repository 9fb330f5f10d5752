import dataclasses

import keras
import numpy as np
import pytest
from keras import layers, ops

from tests.unit.terms.stand_in import OnlyLoss
from tests.unit.training.tiny import JIT, MATRIX, SGD, arrays_of, make_mixture_of, make_network, make_tasks, make_terms
from xdomain_keras import LabelMatrix
from xdomain_keras.errors import ConfigError
from xdomain_keras.models import MultiHeadModel
from xdomain_keras.models.head import Head
from xdomain_keras.terms import Supervised
from xdomain_keras.training import BalancedTrainer, Stage, Trainer, fit_stages
from xdomain_keras.training.balancing import (
    BALANCERS,
    MGDA,
    DynamicWeightAverage,
    GradNorm,
    PCGrad,
    Uncertainty,
    Uniform,
)
from xdomain_keras.training.callbacks import SaveEveryEpoch
from xdomain_keras.training.checkpoint import read_variables

TASKS = make_tasks()
TOY = LabelMatrix({"road": ["left", "right"]})
RATE = 0.05


@dataclasses.dataclass(frozen=True)
class Linear(Head):
    """One number an image."""

    def __call__(self, pyramid, name):
        pooled = layers.GlobalAveragePooling2D(name=f"{name}_pool")(pyramid["c5"])
        return layers.Dense(1, use_bias=False, name=f"{name}_dense")(pooled)


def make_toy(kind=BalancedTrainer, balancer=None, weights=None):
    """`ŷ_t = a_tᵀ W x` for two tasks; the trainer, W and both a."""
    images = keras.Input((1, 1, 3))
    backbone = keras.Model(images, {"c5": layers.Conv2D(2, 1, use_bias=False, name="backbone_conv")(images)})
    network = MultiHeadModel(backbone, {task: Linear() for task in TOY.tasks})
    tasks = {task: OnlyLoss(keras.losses.MeanSquaredError()) for task in TOY.tasks}
    trainer = kind(network, TOY, [Supervised(weights)], tasks, balancer=balancer)
    trainer.compile(keras.optimizers.SGD(RATE), jit_compile=JIT)
    draw_values(trainer, 7)
    return trainer


def draw_values(trainer, seed):
    """The same weights on every backend."""
    rng = np.random.default_rng(seed)
    for variable in trainer.network.variables:
        variable.assign(rng.normal(size=variable.shape))


def toy_values(trainer):
    conv, *heads = (ops.convert_to_numpy(variable) for variable in trainer.network.trainable_variables)
    return np.float64(conv[0, 0]), [np.float64(head[:, 0]) for head in heads]


def make_batch(present=((1, 1, 1), (1, 1, 1))):
    rng = np.random.default_rng(2)
    images = rng.normal(size=(3, 1, 1, 3)).astype("float32")
    targets, weights = {}, {}
    for task, labelled in zip(TOY.tasks, present, strict=True):
        target = rng.normal(size=(3, 1)).astype("float32")
        targets[task] = np.where(np.array(labelled)[:, None], target, np.nan).astype("float32")
        weights[task] = np.float32(labelled)
    return {"road": images}, {"road": targets}, {"road": weights}


def by_hand(conv, heads, batch, weights):
    """The gradients of the shared weights and of the heads, of each task, times its weight."""
    x, shared, own = np.float64(batch[0]["road"][:, 0, 0]), [], []
    for task, head, weight in zip(TOY.tasks, heads, weights, strict=True):
        labelled = batch[2]["road"][task] > 0
        error = np.where(labelled, x @ conv @ head - batch[1]["road"][task][:, 0], 0) * weight / max(labelled.sum(), 1)
        shared.append(2 * np.outer(x.T @ error, head))
        own.append(2 * conv.T @ x.T @ error)
    return shared, own


def step(trainer, batch):
    trainer.reset_metrics()
    return {key: float(value) for key, value in trainer.train_on_batch(*batch, return_dict=True).items()}


def measure(trainer, batch):
    trainer.reset_metrics()
    return float(trainer.test_on_batch(*batch, return_dict=True)["loss"])


def test_pcgrad_on_gradients_by_hand():
    trainer, batch, conflicts = make_toy(balancer=PCGrad(2), weights={"left": 3.0}), make_batch(), []
    for seed in range(6):
        draw_values(trainer, seed)
        conv, heads = toy_values(trainer)
        logs = step(trainer, batch)
        (left, right), own = by_hand(conv, heads, batch, (3, 1))
        product = np.sum(left * right)
        conflicts.append(product < 0)
        weights = [1 - min(product, 0) / np.sum(left**2), 1 - min(product, 0) / np.sum(right**2)]
        np.testing.assert_allclose([logs["balance/left"], logs["balance/right"]], weights, rtol=1e-4)
        moved_conv, moved_heads = toy_values(trainer)
        expected = conv - RATE * (weights[0] * left + weights[1] * right)
        np.testing.assert_allclose(moved_conv, expected, rtol=1e-4, atol=1e-5)
        for head, moved, gradient in zip(heads, moved_heads, own, strict=True):
            np.testing.assert_allclose(moved, head - RATE * gradient, rtol=1e-4, atol=1e-5)
        plain = logs["supervised/left@road"] + logs["supervised/right@road"]
        np.testing.assert_allclose(logs["loss"], plain, rtol=1e-5)
    assert set(conflicts) == {True, False}


@pytest.mark.parametrize("make", [PCGrad, GradNorm, MGDA])
def test_a_task_without_labels_moves_nothing_of_its_own(make):
    trainer, batch = make_toy(balancer=make(2)), make_batch(present=((1, 0, 1), (0, 0, 0)))
    conv, heads = toy_values(trainer)
    state = [np.array(ops.convert_to_numpy(variable)) for variable in trainer.balancer.variables]
    logs = step(trainer, batch)
    (left, _), (own, _) = by_hand(conv, heads, batch, (1, 1))
    moved_conv, moved_heads = toy_values(trainer)
    np.testing.assert_allclose(moved_conv, conv - RATE * left, atol=1e-6)
    np.testing.assert_allclose(moved_heads[0], heads[0] - RATE * own, atol=1e-6)
    assert np.array_equal(moved_heads[1], heads[1])
    assert logs["balance/left"] == pytest.approx(1) and np.isnan(logs["balance/right"])
    if make is GradNorm:
        after = [ops.convert_to_numpy(variable) for variable in trainer.balancer.variables]
        assert [each[1] for each in after] == [each[1] for each in state]


def test_a_loss_that_is_scaled_for_half_precision_gives_the_same_step():
    ends = []
    for optimizer in (keras.optimizers.SGD(RATE), keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(RATE), 64)):
        trainer = make_toy(balancer=GradNorm(2))
        trainer.compile(optimizer, jit_compile=JIT)
        for _ in range(3):
            step(trainer, make_batch())
        ends.append([*arrays_of(trainer.network), *arrays_of(trainer.balancer)])
    for expected, found in zip(*ends, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("name", BALANCERS)
def test_every_balancer_trains_the_toy(name):
    kind = BalancedTrainer if BALANCERS[name].needs_gramian else Trainer
    trainer, batch = make_toy(kind, BALANCERS[name](2)), make_batch(present=((1, 1, 0), (0, 1, 1)))
    plain = [measure(trainer, batch)]
    first = step(trainer, batch)
    for _ in range(30):
        logs = step(trainer, batch)
    plain.append(measure(trainer, batch))
    assert plain[1] < plain[0] and np.isfinite(list(logs.values())).all()
    assert int(ops.convert_to_numpy(trainer.step)) == 31
    assert {key for key in first if key.startswith("balance/")} == {"balance/left", "balance/right"}


def test_uncertainty_is_trained_with_the_network():
    trainer, batch = make_toy(Trainer, Uncertainty(2)), make_batch()
    logs = step(trainer, batch)
    losses = np.array([logs["supervised/left@road"], logs["supervised/right@road"]])
    np.testing.assert_allclose(logs["loss"], losses.sum() / 2, rtol=1e-5)
    expected = -RATE * (0.5 - 0.5 * losses)
    np.testing.assert_allclose(ops.convert_to_numpy(trainer.balancer.log_variance), expected, rtol=1e-4)


def make_trainer(kind, balancer=None):
    """Two domains, batch normalisation and MMD."""
    network = make_network(TASKS)
    trainer = kind(network, MATRIX, make_terms(), TASKS, balancer=balancer)
    trainer.compile(keras.optimizers.SGD(0.01, momentum=0.9), jit_compile=JIT)
    return trainer


def test_weights_of_1_leave_what_the_plain_trainer_leaves():
    mixture, ends, logs = make_mixture_of(TASKS)(MATRIX.domains), [], []
    for trainer in (
        make_trainer(Trainer),
        make_trainer(BalancedTrainer, Uniform(2)),
        make_trainer(Trainer, Uniform(2)),
    ):
        logs.append(step(trainer, mixture.batch(0)))  # one step: of several, each magnifies the last's rounding
        ends.append([*arrays_of(trainer.network), *arrays_of(trainer.terms[1]), ops.convert_to_numpy(trainer.step)])
        assert int(ops.convert_to_numpy(trainer.optimizer.iterations)) == 1
    for other, log in zip(ends[1:], logs[1:], strict=True):
        for expected, found in zip(ends[0], other, strict=True):
            np.testing.assert_allclose(found, expected, atol=1e-6, rtol=1e-5)
        assert {key: value for key, value in log.items() if not key.startswith("balance/")} == pytest.approx(
            logs[0], rel=1e-4
        )


class Stop(Exception):
    """The end of a run before its time."""


def run(folder, balancer, stages, resume=False, stop=False):
    def callbacks(index, stage, trainer):
        def end(epoch, logs):
            if stop:
                raise Stop

        return [
            SaveEveryEpoch(folder / "checkpoint.npz", index, stage.epochs),
            keras.callbacks.LambdaCallback(on_epoch_end=end),
        ]

    network = make_network(TASKS, seed=5 if resume else 0)
    mixture_of = make_mixture_of(TASKS)
    checkpoint = folder / "checkpoint.npz" if resume else None
    options = {"callbacks": callbacks, "checkpoint": checkpoint, "balancer": balancer}
    return fit_stages(network, MATRIX, make_terms(), stages, TASKS, mixture_of, **options)


@pytest.mark.parametrize("make", [GradNorm, DynamicWeightAverage])
def test_a_resumed_run_goes_on_with_what_the_balancer_remembers(make, tmp_path):
    stages = [Stage("both", 2, optimizer=SGD), Stage("gaze", 1, domains=("attic",), terms=("supervised",))]
    whole = run(tmp_path, make(2), stages)
    assert type(whole) is (BalancedTrainer if make.needs_gramian else Trainer)
    with pytest.raises(Stop):
        run(tmp_path, make(2), stages, stop=True)
    resumed = run(tmp_path, make(2), stages, resume=True)
    for expected, found in zip(read_variables(whole), read_variables(resumed), strict=True):
        np.testing.assert_array_equal(found, expected)
    start = [ops.convert_to_numpy(variable) for variable in make(2).variables]
    assert not all(map(np.array_equal, start, (ops.convert_to_numpy(v) for v in resumed.balancer.variables)))


def test_without_shared_parameters_the_heads_train_on():
    network = make_network(TASKS)
    Stage("heads", 1, trainable=("saliency", "detection")).freeze(network)
    trainer = BalancedTrainer(network, MATRIX, make_terms()[:1], TASKS, balancer=MGDA(2))
    trainer.compile("sgd", jit_compile=JIT)
    before = arrays_of(network)
    logs = step(trainer, make_mixture_of(TASKS)(MATRIX.domains).batch(0))
    assert [logs["balance/detection"], logs["balance/saliency"]] == [0.5, 0.5]
    assert not all(map(np.array_equal, before, arrays_of(network)))


def test_a_balancer_that_does_not_fit_is_refused():
    with pytest.raises(ConfigError, match=r"balancer `pcgrad` is for 3 tasks; the network has 2 \(left, right\)"):
        make_toy(balancer=PCGrad(3))
    with pytest.raises(ConfigError, match="balancer `mgda` needs gradients; train with `BalancedTrainer`"):
        make_toy(Trainer, MGDA(2))
