"""A run that was interrupted and goes on ends as one that never stopped, to the last bit."""

import dataclasses
import json
import shutil

import keras
import numpy as np
import pytest
from keras import layers

from tests.unit.training.tiny import SIZE, make_source, same
from xdomain_keras import LabelMatrix
from xdomain_keras.data import Augment, Domain, Mixture
from xdomain_keras.models import MultiHeadModel
from xdomain_keras.models.head import Head
from xdomain_keras.tasks import Task
from xdomain_keras.terms import MMD, DomainAdversarial, Supervised
from xdomain_keras.training import Stage, fit_stages
from xdomain_keras.training.callbacks import JsonLog, SaveEveryEpoch
from xdomain_keras.training.checkpoint import peek_position, read_checkpoint, read_variables

MATRIX = LabelMatrix({"road": ["color"], "attic": ["shade", "color"]})
# The kernel of MMD learns in the first stage, waits in the second and goes on in the third.
STAGES = [
    Stage("both", 2, optimizer={"name": "adam", "learning_rate": 0.01, "schedule": "cosine", "warmup": 0.3}),
    Stage("dusk", 1, ("attic",), ("shade", "backbone_conv5"), ("supervised",), {"name": "sgd"}),
    Stage("again", 2, optimizer={"name": "adamw", "weight_decay": 0.01, "clip_norm": 1.0}),
]
POSITIONS = [(0, 1), (0, 2), (1, 1), (2, 1), (2, 2)]


@dataclasses.dataclass(frozen=True)
class Pooled(Head):
    """Three numbers an image."""

    def __call__(self, pyramid, name):
        return layers.Dense(3, name=f"{name}_dense")(layers.GlobalAveragePooling2D(name=f"{name}_pool")(pyramid["c5"]))


class Color(Task):
    """The mean color: a task that compiles fast."""

    def encode(self, sample):
        return np.float32(sample["image"].mean(axis=(0, 1)) / 255)

    def head(self):
        return Pooled()

    def loss(self, network):
        return keras.losses.MeanSquaredError()


TASKS = {name: Color(name, SIZE) for name in MATRIX.tasks}


def make_network(seed):
    """All kinds of variables: weights, averages of batch normalisation, seeds of dropout."""
    keras.utils.set_random_seed(seed)
    images = keras.Input((*SIZE, 3))
    x = layers.Conv2D(6, 16, 16, name="backbone_conv4")(layers.Rescaling(1 / 255, name="backbone_scale")(images))
    x = layers.BatchNormalization(name="backbone_bn4")(x)
    x = layers.Dropout(0.3, name="backbone_dropout4")(x)
    x = layers.Conv2D(8, 2, 2, activation="relu", name="backbone_conv5")(x)
    return MultiHeadModel(keras.Model(images, {"c5": x}), {name: task.head() for name, task in TASKS.items()})


class Interruption(keras.callbacks.Callback):
    """Ctrl-C, after so many steps of a stage."""

    def __init__(self, steps):
        super().__init__()
        self.steps = steps

    def on_train_batch_end(self, batch, logs=None):
        self.steps -= 1
        if self.steps < 0:
            raise KeyboardInterrupt


def mixture_of(names):
    """Augmented, and shuffled: 2 steps an epoch."""
    augment = Augment(horizontal_flip=0.5, min_crop=0.7, noise=0.05)
    return Mixture(
        [
            Domain(
                name,
                make_source(size, seed=size),
                {task: TASKS[task] for task in MATRIX.tasks_of(name)},
                SIZE,
                size // 2,
                augment,
            )
            for name, size in (("road", 4), ("attic", 6))
            if name in names
        ]
    )


def run(folder, seed=0, interrupt=None):
    """Train from the folder's checkpoint, if there is one; every checkpoint is kept as `<stage>-<epoch>.npz`."""
    checkpoint = folder / "checkpoint.npz"
    network = make_network(seed)

    def keep(index):
        def copy(epoch, logs):
            shutil.copy(checkpoint, folder / f"{index}-{epoch + 1}.npz")

        return keras.callbacks.LambdaCallback(on_epoch_end=copy)

    def callbacks(index, stage, trainer):
        own = [
            JsonLog(folder / "log.jsonl", {"stage": index}),
            SaveEveryEpoch(checkpoint, index, stage.epochs),
            keep(index),
        ]
        return own + ([Interruption(interrupt[1])] if interrupt and interrupt[0] == index else [])

    return fit_stages(
        network,
        MATRIX,
        [Supervised(), MMD(weight=0.5), make_adversary()],
        STAGES,
        TASKS,
        mixture_of,
        callbacks=callbacks,
        checkpoint=checkpoint if checkpoint.exists() else None,
    )


def make_adversary():
    """With a classifier, an optimizer and random numbers of its own."""
    return DomainAdversarial("c5", objective="wasserstein", classifier={"width": 1 / 64}, weight=0.1)


def read_log(folder):
    """Dict of (stage, epoch) → line."""
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return {(line["stage"], line["epoch"]): line for line in lines}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Folder of the run that was never interrupted, and its variables at the end."""
    folder = tmp_path_factory.mktemp("whole")
    trainer = run(folder)
    return folder, [np.array(value) for value in read_variables(trainer)]


def test_the_run_is_worth_the_comparison(whole):
    folder, _ = whole
    assert sorted(read_log(folder)) == POSITIONS
    states = [read_checkpoint(folder / f"{stage}-{epoch}.npz")[1] for stage, epoch in POSITIONS]
    for before, after in zip(states, states[1:], strict=False):
        assert not same(before, after)


@pytest.mark.parametrize(("start", "interrupt", "passed"), [
    # Within an epoch, at the border of stages, inside a later stage, after the last one.
    (None, (0, 3), [(0, 1)]),
    ((0, 1), (1, 1), [(0, 2)]),
    ((0, 2), (2, 1), [(1, 1)]),
    ((1, 1), (2, 3), [(2, 1)]),
    ((2, 1), None, [(2, 2)]),
    ((2, 2), None, []),
])  # fmt: skip
def test_from_any_epoch_on_a_run_goes_on_as_if_it_had_not_stopped(whole, tmp_path, start, interrupt, passed):
    folder, end = whole
    if start:
        shutil.copy(folder / f"{start[0]}-{start[1]}.npz", tmp_path / "checkpoint.npz")
    seed = 9 if start else 0  # nothing but the checkpoint may matter
    if interrupt:
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path, seed, interrupt)
    else:
        assert same(read_variables(run(tmp_path, seed)), end)
    # What it leaves is what the next resumption starts from: by induction, all of them end alike.
    reached = passed[-1] if passed else start
    assert peek_position(tmp_path / "checkpoint.npz") == {"stage": reached[0], "epoch": reached[1]}
    for stage, epoch in passed:
        name = f"{stage}-{epoch}.npz"
        assert same(read_checkpoint(tmp_path / name)[1], read_checkpoint(folder / name)[1])
    if passed:
        expected = read_log(folder)
        assert read_log(tmp_path) == {place: expected[place] for place in passed}
