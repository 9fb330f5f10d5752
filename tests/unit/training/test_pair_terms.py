"""The terms of pair mapping and of its rivals, in a training step."""

import keras
import numpy as np
import pytest
from keras import ops

from tests.unit.terms.pairs import SIZE
from tests.unit.training.tiny import JIT, make_backbone
from xdomain_keras import LabelMatrix
from xdomain_keras.models import MultiHeadModel
from xdomain_keras.tasks import Depth, Normals
from xdomain_keras.terms import (
    CropConsistency,
    CrossTaskMaps,
    PairConsistency,
    PairDiscriminator,
    Supervised,
)
from xdomain_keras.training import Trainer

HEAD = {"filters": 4, "rates": [1, 2], "decoder_filters": [4]}
TASKS = {name: kind(name, SIZE, head=HEAD) for name, kind in {"depth": Depth, "normals": Normals}.items()}
MATRIX = LabelMatrix({"room": list(TASKS)})
RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def trained():
    """(trainer, its variables before, logs) of one step with every term at once: one compilation serves them all."""
    keras.utils.set_random_seed(0)
    network = MultiHeadModel(make_backbone(), {name: task.head() for name, task in TASKS.items()})
    terms = [
        Supervised(reduction="image"),
        PairConsistency(as_released=True),
        PairDiscriminator(filters=4),
        CrossTaskMaps("perceptual", width=1 / 32),
        CropConsistency(),
    ]
    trainer = Trainer(network, MATRIX, terms, TASKS)
    trainer.compile(keras.optimizers.SGD(0.01, global_clipnorm=1.0), jit_compile=JIT)
    before = {variable.path: np.array(ops.convert_to_numpy(variable)) for variable in trainer.trainable_variables}
    count = 4
    images = RNG.integers(0, 256, (count, *SIZE, 3), np.uint8)
    normals = RNG.normal(0, 1, (count, *SIZE, 3)).astype("float32")
    targets = {
        "depth": RNG.uniform(1, 4, (count, *SIZE, 1)).astype("float32"),
        "normals": normals / np.linalg.norm(normals, axis=-1, keepdims=True),
    }
    weights = {"depth": np.float32([1, 1, 0, 0]), "normals": np.float32([0, 0, 1, 1])}
    logs = trainer.train_on_batch({"room": images}, {"room": targets}, {"room": weights}, return_dict=True)
    return trainer, before, {name: float(value) for name, value in logs.items()}


def test_every_term_has_a_finite_share_in_the_loss(trained):
    trainer, _, logs = trained
    shares = [logs[name] for name in trainer.trackers]
    assert len(shares) == 6 and np.isfinite(shares).all() and min(shares) > 0
    assert logs["loss"] == pytest.approx(sum(shares), rel=1e-4)


def test_every_term_teaches_the_network_and_what_it_brings_along(trained):
    trainer, before, _ = trained
    for term in [*trainer.terms, trainer.network]:
        variables = term.trainable_variables
        changed = [not np.array_equal(before[v.path], ops.convert_to_numpy(v)) for v in variables]
        # Biases before batch normalisation have no gradient; the rest moves.
        assert not variables or np.mean(changed) > 0.5, term.name
        assert all(np.isfinite(ops.convert_to_numpy(v)).all() for v in term.variables if "seed" not in v.path)
