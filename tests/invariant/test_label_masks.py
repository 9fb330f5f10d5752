"""Five tasks, and every way in which an image can be labelled for them."""

import itertools

import keras
import numpy as np
import pytest
from keras import ops

from tests.rounding import assert_equal_up_to_rounding
from tests.unit.training.tiny import JIT, make_backbone, rewind, same
from xdomain_keras import LabelMatrix
from xdomain_keras.models import MultiHeadModel
from xdomain_keras.tasks import Depth, Edges, Normals, SalientObject, Segmentation
from xdomain_keras.terms import PairConsistency, Supervised
from xdomain_keras.training import Trainer
from xdomain_keras.training.checkpoint import read_variables, trainer_variables
from xdomain_keras.training.trainer import setting_of

SIZE, COUNT = (32, 32), 3


def make_tasks():
    """Small heads; maps of 32 pixels, as the mapper wants them."""
    options = {"head": {"filters": 4, "rates": [1, 2], "decoder_filters": [4]}}
    return {
        "segmentation": Segmentation("segmentation", SIZE, ["wall", "floor", "door"], **options),
        "depth": Depth("depth", SIZE, **options),
        "normals": Normals("normals", SIZE, **options),
        "edges": Edges("edges", SIZE, **options),
        "salient_object": SalientObject("salient_object", SIZE, **options),
    }


TASKS = make_tasks()
MATRIX = LabelMatrix({"room": list(TASKS)})
MASKS = np.array(list(itertools.product((0, 1), repeat=len(TASKS))), np.float32)
RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (COUNT, *SIZE, 3), np.uint8)
TARGETS = {
    "segmentation": RNG.integers(-1, 3, (COUNT, *SIZE, 1)).astype("float32"),
    "depth": RNG.uniform(0, 4, (COUNT, *SIZE, 1)).astype("float32"),
    "normals": RNG.normal(0, 1, (COUNT, *SIZE, 3)).astype("float32"),
    "edges": RNG.integers(0, 2, (COUNT, *SIZE, 1)).astype("float32"),
    "salient_object": RNG.integers(0, 2, (COUNT, *SIZE, 1)).astype("float32"),
}
TARGETS["normals"] /= np.linalg.norm(TARGETS["normals"], axis=-1, keepdims=True)


def batch(masks, absent=0.0):
    """The batch with labels as in `masks` `[COUNT, 5]`, and `absent` in place of the others."""
    weights = {task: np.float32(masks[:, column]) for column, task in enumerate(TASKS)}
    targets = {
        task: np.where(weights[task][:, None, None, None] > 0, target, np.float32(absent))
        for task, target in TARGETS.items()
    }
    return {"room": IMAGES}, {"room": targets}, {"room": weights}


@pytest.fixture(scope="module")
def compiled():
    """One trainer whose steps are compiled once, and the values of its variables at the start."""
    keras.utils.set_random_seed(0)
    network = MultiHeadModel(make_backbone(), {name: task.head() for name, task in TASKS.items()})
    trainer = Trainer(network, MATRIX, [Supervised(reduction="image"), PairConsistency()], TASKS)
    trainer.compile(keras.optimizers.SGD(0.01, momentum=0.9), jit_compile=JIT)
    trainer.optimizer.build(trainer.trainable_variables)
    return trainer, [np.array(value) for value in read_variables(trainer)]


@pytest.fixture
def trainer(compiled):
    rewind(*compiled)
    return compiled[0]


def test_all_32_masks_have_finite_losses_and_gradients(compiled):
    trainer, start = compiled
    for mask in MASKS:
        rewind(trainer, start)
        logs = trainer.train_on_batch(*batch(np.tile(mask, (COUNT, 1)), absent=np.nan), return_dict=True)
        assert np.isfinite(float(logs["loss"])), mask
        assert all(np.isfinite(np.array(value)).all() for value in read_variables(trainer)), mask
        learnt = not same(
            [np.array(ops.convert_to_numpy(w)) for w in trainer.network.trainable_variables], start_of(trainer, start)
        )
        assert learnt == bool(mask.any())


def start_of(trainer, start):
    """The values at the start of the network's trainable variables."""
    values = {id(variable): value for variable, value in zip(trainer_variables(trainer), start, strict=True)}
    return [values[id(variable)] for variable in trainer.network.trainable_variables]


@pytest.mark.parametrize("reduction", ["task", "image", "sum"])
def test_one_label_alone_costs_what_its_task_costs(trainer, reduction):
    outputs = trainer({"room": IMAGES})
    supervised = Supervised(reduction=reduction)
    supervised.prepare(None, setting_of(trainer.network, MATRIX, TASKS))
    pairs = trainer.terms[1]
    for column, (task, what) in enumerate(TASKS.items()):
        masks = np.tile(np.eye(len(TASKS), dtype="float32")[column], (COUNT, 1))
        images, targets, weights = batch(masks, absent=np.nan)
        step = step_of(images, targets, weights, outputs)
        total = sum(float(ops.convert_to_numpy(value)) for value, _ in supervised.compute(step).values())
        alone = float(ops.convert_to_numpy(what.loss(None)(TARGETS[task], outputs["room"]["outputs"][task])))
        assert_equal_up_to_rounding(total, alone, message=task)
        assert float(ops.convert_to_numpy(pairs.compute(step)["room"][1])) == COUNT * (len(TASKS) - 1)


def step_of(images, targets, weights, outputs):
    from xdomain_keras.terms import Step

    passed = outputs["room"]
    return Step(images, targets, weights, {"room": passed["outputs"]}, {"room": passed["features"]}, training=False)


def test_nan_in_every_absent_label_changes_no_bit_in_three_steps(compiled):
    trainer, start = compiled
    masks = [MASKS[RNG.integers(1, 31, COUNT)] for _ in range(3)]
    assert all(0 < mask.sum() < mask.size for mask in masks)

    def train(absent):
        rewind(trainer, start)
        for mask in masks:
            trainer.train_on_batch(*batch(mask, absent))
        return [np.array(value) for value in read_variables(trainer)]

    clean = train(0.0)
    assert not same(clean, start)
    for absent in (np.nan, np.inf, -3e38):
        assert same(train(absent), clean), absent
