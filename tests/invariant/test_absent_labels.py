"""Labels that are absent do not exist: what stands in their place changes nothing, to the last bit."""

import itertools

import keras
import numpy as np
import pytest

from tests.unit.jitted import jitted
from tests.unit.training.tiny import (
    JIT,
    SIZE,
    arrays_of,
    make_network,
    make_source,
    make_tasks,
    make_terms,
    rewind,
    same,
)
from xdomain_keras import LabelMatrix
from xdomain_keras.data import Domain, Mixture, Source
from xdomain_keras.label_matrix import Cell
from xdomain_keras.training import Trainer
from xdomain_keras.training.checkpoint import read_variables

MATRIX = LabelMatrix({"road": ["detection", "saliency"], "attic": ["saliency", "detection"]})
TASKS = make_tasks()
MMD = "mmd/road~attic"
MMD_WEIGHT = 0.5
FILLS = {
    "nan": np.nan,
    "infinity": np.inf,
    "minus_infinity": -np.inf,
    "huge": 3e38,
    "minus_huge": -3e38,
    "number": 0.37,
    "boxes_everywhere": [0.0, 0.0, 1.0, 1.0, 1.0],
}


class Partly(Source):
    """A source in which every image lacks some labels: boxes, fixations, both or none, in turn."""

    def __init__(self, source):
        super().__init__(source.ids, source.labels.values(), source.names)
        self.source = source

    def __getitem__(self, index):
        lacking = [(), ("boxes_xyxy", "classes"), ("fixations_xy",), ("boxes_xyxy", "classes", "fixations_xy")]
        sample = self.source[index]
        return {key: value for key, value in sample.items() if key not in lacking[index % 4]}


def make_batches(fill=0.0):
    """Three steps of both domains, with `fill` in place of every target that an image lacks."""
    batches = [make_mixture(Partly).batch(step) for step in range(3)]
    for task, domain in MATRIX.cells:
        for _, targets, weights in batches:
            lacks = weights[domain][task] == 0
            # Five numbers are a row of the boxes; a map has two.
            targets[domain][task][lacks] = fill if task == "detection" else np.mean(fill)
    return batches


def make_mixture(change=lambda source: source):
    sources = {name: change(make_source(8, seed=seed)) for seed, name in enumerate(MATRIX.domains)}
    tasks = {name: {task: TASKS[task] for task in MATRIX.tasks_of(name)} for name in MATRIX.domains}
    return Mixture([Domain(name, sources[name], tasks[name], SIZE, batch_size=2) for name in MATRIX.domains])


FULL = make_mixture().batch(0)


@pytest.fixture(scope="module")
def compiled():
    """One trainer whose steps are compiled once, and the values of its variables at the start."""
    network = make_network(TASKS)
    trainer = Trainer(network, MATRIX, make_terms(), TASKS)
    trainer.compile(keras.optimizers.Adam(0.01, global_clipnorm=10.0), jit_compile=JIT)
    trainer.optimizer.build(trainer.trainable_variables)
    return trainer, [np.array(value) for value in read_variables(trainer)]


@pytest.fixture
def trainer(compiled):
    rewind(*compiled)
    return compiled[0]


@pytest.fixture(scope="module")
def reference(compiled):
    """Logs and variables after three steps over zeros in place of what is absent."""
    return train(*compiled, make_batches())


def train(trainer, start, batches):
    rewind(trainer, start)
    logs = [trainer.train_on_batch(*batch, return_dict=True) for batch in batches]
    return [list(map(float, each.values())) for each in logs], [np.array(value) for value in read_variables(trainer)]


def measure(trainer, batch):
    """Logs of one batch, nothing is trained."""
    trainer.reset_metrics()
    return {name: float(value) for name, value in trainer.test_on_batch(*batch, return_dict=True).items()}


def label_only(present):
    """A batch in which only the labels of a dict of `Cell` → weights are present, and NaN elsewhere."""
    images, targets, weights = FULL
    targets = {domain: dict(tasks) for domain, tasks in targets.items()}
    weights = {domain: dict(tasks) for domain, tasks in weights.items()}
    for cell in MATRIX.cells:
        task, domain = cell
        mask = np.float32(present.get(cell, [0, 0]))
        target = targets[domain][task].copy()
        target[mask == 0] = np.nan
        targets[domain][task], weights[domain][task] = target, mask
    return images, targets, weights


def test_the_batches_have_every_cell_with_and_without_labels():
    batches = make_batches()
    for task, domain in MATRIX.cells:
        seen = np.concatenate([weights[domain][task] for _, _, weights in batches])
        assert set(seen) == {0, 1}


# Loops, not parameters: with the seed set before every test, TensorFlow prepares the step anew each time.
def test_what_stands_in_place_of_an_absent_label_changes_no_bit(compiled, reference):
    for name, fill in FILLS.items():
        logs, variables = train(*compiled, make_batches(fill))
        np.testing.assert_array_equal(logs, reference[0], name)
        assert same(variables, reference[1]), name


def test_the_reference_has_learnt_something(compiled, reference):
    assert not same(reference[1], compiled[1]) and all(np.isfinite(value).all() for value in reference[1])


def test_what_stands_in_the_padding_of_a_target_changes_no_bit(compiled, reference):
    for fill in (np.nan, np.inf, -3e38, (0.0, 0.0, 0.55, 0.55)):
        batches = make_batches()
        for domain in MATRIX.domains:
            for _, targets, _ in batches:
                boxes = targets[domain]["detection"]
                boxes[boxes[..., 4] < 0, :4] = fill
        logs, variables = train(*compiled, batches)
        np.testing.assert_array_equal(logs, reference[0], str(fill))
        assert same(variables, reference[1]), fill


def test_every_mask_of_two_tasks_gives_a_finite_step(compiled):
    trainer, start = compiled
    masks = list(itertools.product([0, 1], repeat=2))
    for first, second in itertools.product(masks, masks):
        present = {Cell("detection", "road"): first, Cell("saliency", "road"): second}
        present |= {Cell("saliency", "attic"): first[::-1], Cell("detection", "attic"): np.subtract(1, second)}
        rewind(trainer, start)
        logs = trainer.train_on_batch(*label_only(present), return_dict=True)
        assert np.isfinite(float(logs["loss"])), present
        for cell, mask in present.items():
            assert float(logs[f"labels/{cell}"]) == sum(mask), present
            value = float(logs[f"supervised/{cell}"])
            assert np.isfinite(value) == any(mask), present  # NaN: nothing was measured
        assert all(np.isfinite(value).all() for value in read_variables(trainer)), present


def test_with_one_label_the_loss_is_that_of_its_task_alone(trainer):
    network, (images, targets, _) = trainer.network, FULL
    forward = jitted(lambda x: network(x, training=False))
    losses = {task: jitted(TASKS[task].loss(network)) for task in TASKS}
    for cell, index in itertools.product(MATRIX.cells, range(2)):
        task, domain = cell
        logs = measure(trainer, label_only({cell: np.eye(2)[index]}))
        one = slice(index, index + 1)
        output = forward(images[domain].astype("float32"))[task]
        alone = float(keras.ops.convert_to_numpy(losses[task](targets[domain][task][one], output[one])))
        np.testing.assert_allclose(logs[f"supervised/{cell}"], alone, rtol=1e-5)
        np.testing.assert_allclose(logs["loss"], alone + MMD_WEIGHT * logs[MMD], rtol=1e-5)


def test_a_head_without_labels_stays_as_it_is(trainer):
    before = named_arrays(trainer.network)
    for _ in range(3):
        trainer.train_on_batch(*label_only({Cell("saliency", domain): [1, 1] for domain in MATRIX.domains}))
    after = named_arrays(trainer.network)
    moved = {name.split("_")[0] for name in before if not np.array_equal(before[name], after[name])}
    assert moved == {"backbone", "saliency"}


def test_without_any_label_only_the_alignment_trains(trainer):
    before = named_arrays(trainer.network)
    logs = measure(trainer, label_only({}))
    assert logs["loss"] == np.float32(MMD_WEIGHT) * np.float32(logs[MMD]) and logs[MMD] > 0
    trainer.train_on_batch(*label_only({}))
    after = named_arrays(trainer.network)
    moved = {name.split("_")[0] for name in before if not np.array_equal(before[name], after[name])}
    assert moved == {"backbone"}


def test_an_image_known_to_be_empty_teaches(trainer):
    images, targets, weights = FULL
    nothing = {name: np.stack([task.empty()] * 2) for name, task in TASKS.items()}
    empty = images, {domain: {name: nothing[name] for name in tasks} for domain, tasks in targets.items()}, weights
    before, losses = named_arrays(trainer.network), []
    for _ in range(8):
        trainer.reset_metrics()
        logs = {name: float(value) for name, value in trainer.train_on_batch(*empty, return_dict=True).items()}
        assert all(np.isfinite(value) for value in logs.values())
        assert all(logs[f"labels/{cell}"] == 2 for cell in MATRIX.cells)
        losses.append([logs[f"supervised/{cell}"] for cell in MATRIX.cells])
    assert np.all(np.array(losses[-1]) < losses[0])  # less is taken for an object, or for worth a look
    after = named_arrays(trainer.network)
    assert all(np.isfinite(value).all() for value in after.values())
    moved = {name.split("_")[0] for name in before if not np.array_equal(before[name], after[name])}
    assert moved == {"backbone", "detection", "saliency"}


def named_arrays(model):
    return dict(zip((variable.path for variable in model.variables), arrays_of(model), strict=True))
