import keras
import numpy as np
import pytest
from keras import ops

from tests.rounding import assert_equal_up_to_rounding
from tests.unit.training.tiny import (
    JIT,
    MATRIX,
    SIZE,
    arrays_of,
    make_mixture_of,
    make_network,
    make_source,
    make_tasks,
    make_terms,
    same,
)
from xdomain_keras import LabelMatrix
from xdomain_keras.data import Domain, Mixture
from xdomain_keras.errors import ConfigError
from xdomain_keras.losses import bilinear_mmd
from xdomain_keras.models import MultiHeadModel
from xdomain_keras.terms import MMD, Supervised
from xdomain_keras.training import Trainer
from xdomain_keras.training.trainer import PresentMean

CELLS = ("supervised/detection@road", "supervised/saliency@attic", "mmd/road~attic")
TASKS = make_tasks()


@pytest.fixture(scope="module")
def compiled():
    """One trainer whose step is compiled once, and the values of its variables at the start."""
    network = make_network(TASKS)
    terms = make_terms()
    terms[1].weight = keras.optimizers.schedules.PiecewiseConstantDecay([1], [0.25, 0.75])
    trainer = Trainer(network, MATRIX, terms, TASKS)
    trainer.compile(keras.optimizers.Adam(0.01), jit_compile=JIT)
    trainer.optimizer.build(trainer.trainable_variables)
    return trainer, snapshot(trainer)


@pytest.fixture
def trainer(compiled):
    trainer, start = compiled
    for variable, value in zip([*trainer.variables, *trainer.optimizer.variables], start, strict=True):
        variable.assign(value)
    trainer.reset_metrics()
    return trainer


@pytest.fixture(scope="module")
def mixture():
    return make_mixture_of(TASKS)(MATRIX.domains)


def snapshot(trainer):
    return [np.array(ops.convert_to_numpy(variable)) for variable in [*trainer.variables, *trainer.optimizer.variables]]


def step(trainer, batch):
    """One step; its logs alone, not the mean over the epoch."""
    trainer.reset_metrics()
    return {key: float(value) for key, value in trainer.train_on_batch(*batch, return_dict=True).items()}


def mask(batch, domain, task, present, fill=None):
    """The batch with `present` as the weights of a cell, and `fill` in the targets that are absent."""
    images, targets, weights = (dict(part) for part in batch)
    present = np.float32(present)
    weights[domain] = {**weights[domain], task: present}
    if fill is not None:
        target = targets[domain][task].copy()
        target[present == 0] = fill
        targets[domain] = {**targets[domain], task: target}
    return images, targets, weights


def test_the_loss_is_the_sum_of_weighted_terms_and_schedules_count_steps(trainer, mixture):
    for number, weight in enumerate([0.25, 0.25, 0.75, 0.75]):
        logs = step(trainer, mixture.batch(number))
        assert set(logs) == {"loss", *CELLS, "labels/detection@road", "labels/saliency@attic"}
        expected = logs[CELLS[0]] + logs[CELLS[1]] + weight * logs[CELLS[2]]
        np.testing.assert_allclose(logs["loss"], expected, rtol=1e-5)
        assert (logs["labels/detection@road"], logs["labels/saliency@attic"]) == (2, 3)
    assert int(ops.convert_to_numpy(trainer.step)) == 4


def test_the_terms_are_what_the_network_gives(trainer, mixture):
    images, targets, weights = mixture.batch(0)
    trainer.reset_metrics()
    logs = trainer.test_on_batch(images, targets, weights, return_dict=True)
    network, pooled = trainer.network, {}
    for cell, (task, domain) in zip(CELLS, MATRIX.cells, strict=False):
        passed = network.subnetwork([task], ["pooled"])(images[domain].astype("float32"), training=False)
        pooled[domain] = passed["features"]["pooled"]
        loss = TASKS[task].loss(network)(targets[domain][task], passed["outputs"][task])
        np.testing.assert_allclose(float(logs[cell]), float(ops.convert_to_numpy(loss)), rtol=1e-4)
    projection = ops.convert_to_tensor(trainer.terms[1].projection)
    expected = float(ops.convert_to_numpy(bilinear_mmd(pooled["road"], pooled["attic"], projection)))
    np.testing.assert_allclose(float(logs[CELLS[2]]), expected, rtol=1e-3, atol=1e-6)
    assert int(ops.convert_to_numpy(trainer.step)) == 0  # measuring is not a step of training


def test_nan_in_absent_labels_changes_no_bit(trainer, mixture, compiled):
    ends = []
    for fill in (None, np.nan):
        for variable, value in zip([*trainer.variables, *trainer.optimizer.variables], compiled[1], strict=True):
            variable.assign(value)
        for number in range(3):
            batch = mask(mixture.batch(number), "road", "detection", [number % 2, 1 - number % 2], fill)
            logs = step(trainer, mask(batch, "attic", "saliency", [0, 1, 0] if number else [0, 0, 0], fill))
        ends.append(([*logs.values()], snapshot(trainer)))
    assert same(ends[0][1], ends[1][1])
    np.testing.assert_array_equal(ends[0][0], ends[1][0])
    assert not same(ends[0][1], compiled[1])


def test_only_labelled_images_count(trainer, mixture):
    batch = mixture.batch(0)
    alone = [float(trainer.test_on_batch(*mask(batch, "attic", "saliency", one), return_dict=True)[CELLS[1]])
             for one in np.eye(3) if not trainer.reset_metrics()]  # fmt: skip
    trainer.reset_metrics()
    both = trainer.test_on_batch(*mask(batch, "attic", "saliency", [1, 0, 1], np.nan), return_dict=True)
    np.testing.assert_allclose(float(both[CELLS[1]]), (alone[0] + alone[2]) / 2, rtol=1e-4)
    assert float(both["labels/saliency@attic"]) == 2


def test_a_cell_without_labels_logs_nan_and_leaves_the_loss_finite(trainer, mixture):
    logs = step(trainer, mask(mixture.batch(0), "road", "detection", [0, 0], np.nan))
    assert np.isnan(logs[CELLS[0]]) and logs["labels/detection@road"] == 0
    np.testing.assert_allclose(logs["loss"], logs[CELLS[1]] + 0.25 * logs[CELLS[2]], rtol=1e-5)


def test_without_weights_all_labels_count(trainer, mixture):
    images, targets, weights = mixture.batch(0)
    given = trainer.test_on_batch(images, targets, weights, return_dict=True)
    given = {key: float(value) for key, value in given.items()}
    trainer.reset_metrics()
    without = trainer.test_on_batch(images, targets, return_dict=True)
    assert without.keys() == given.keys()
    for key, value in without.items():
        assert_equal_up_to_rounding(float(value), given[key], message=key)


def test_the_projection_of_the_kernel_is_trained(trainer, mixture):
    before = ops.convert_to_numpy(trainer.terms[1].projection).copy()
    step(trainer, mixture.batch(0))
    assert not np.array_equal(before, ops.convert_to_numpy(trainer.terms[1].projection))


def test_a_mean_of_nothing_is_nan_and_no_perfect_zero():
    mean = PresentMean()
    mean.update_state(3.0, sample_weight=0.0)
    assert np.isnan(float(mean.result()))
    mean.update_state(2.0, sample_weight=3.0)
    mean.update_state(4.0, sample_weight=1.0)
    assert float(mean.result()) == 2.5


@pytest.mark.parametrize("forward", ["joint", "separate"])
def test_a_domain_that_no_term_reads_is_legal(forward):
    matrix = LabelMatrix({"road": [], "attic": ["saliency"]})
    tasks = {"saliency": TASKS["saliency"]}
    network = MultiHeadModel(make_network(TASKS).backbone, {"saliency": tasks["saliency"].head()})
    trainer = Trainer(network, matrix, [Supervised()], tasks, forward)
    trainer.compile("sgd", jit_compile=JIT)
    logs = step(trainer, make_mixture_of(tasks, matrix)(matrix.domains).batch(0))
    assert set(logs) == {"loss", "supervised/saliency@attic", "labels/saliency@attic"} and np.isfinite(logs["loss"])


def test_a_pass_of_its_own_for_each_domain_differs_in_training_alone():
    network = make_network(TASKS)
    batch = make_mixture_of(TASKS)(MATRIX.domains).batch(0)
    trainers = {name: Trainer(network, MATRIX, make_terms(), TASKS, name) for name in ("joint", "separate")}
    passed = {
        (name, training): ops.convert_to_numpy(trainer(batch[0], training=training)["road"]["outputs"]["detection"])
        for training in (False, True)  # the second moves the averages of batch normalisation
        for name, trainer in trainers.items()
    }
    np.testing.assert_allclose(passed["joint", False], passed["separate", False], atol=1e-5)
    assert np.abs(passed["joint", True] - passed["separate", True]).max() > 1e-3
    with pytest.raises(ConfigError, match="Trainer: unknown forward `once`; known are joint, separate"):
        Trainer(network, MATRIX, [], TASKS, "once")


def test_a_plain_script_trains_the_network_with_the_losses_of_the_tasks():
    network, source = make_network(TASKS), make_source(4)
    domain = Domain("both", source, TASKS, SIZE, batch_size=4)
    images, targets, _ = domain.batch(0)
    network.compile("adam", loss={name: task.loss(network) for name, task in TASKS.items()}, jit_compile=JIT)
    history = network.fit(images.astype("float32"), targets, batch_size=2, epochs=2, verbose=0).history
    assert np.isfinite(history["loss"]).all() and {"detection_loss", "saliency_loss"} <= set(history)


def test_evaluate_and_fit_take_a_mixture_as_keras_does(trainer, mixture):
    logs = trainer.evaluate(mixture.as_py_dataset(), steps=2, verbose=0, return_dict=True)
    assert logs["labels/detection@road"] == 4
    before = arrays_of(trainer.network)
    trainer.fit(Mixture(list(mixture.domains.values())).as_py_dataset(), steps_per_epoch=1, verbose=0, shuffle=False)
    assert not same(before, arrays_of(trainer.network))


def test_a_term_that_the_matrix_cannot_serve_is_refused():
    network = make_network(TASKS)
    with pytest.raises(ConfigError, match="needs features of 2 domains"):
        Trainer(network, MATRIX.restrict(["road"]), [MMD()], TASKS)
