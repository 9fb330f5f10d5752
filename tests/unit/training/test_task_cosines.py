"""Against the gradients of two linear tasks by hand."""

import keras
import numpy as np
import pytest

from tests.unit.training.test_balanced_trainer import by_hand, make_batch, make_toy, toy_values
from tests.unit.training.test_fit import TASKS, run
from tests.unit.training.tiny import SGD, arrays_of, make_network, same
from xdomain_keras.training import Stage, Trainer
from xdomain_keras.training.task_cosines import LogTaskCosines, cosines_of


@pytest.mark.every_backend
def test_cosines_are_those_of_the_gradients_by_hand():
    """In the second epoch with the weights of that time."""
    trainer, batch = make_toy(Trainer, weights={"left": 3.0}), make_batch(((1, 1, 0), (1, 1, 1)))
    callback = LogTaskCosines(lambda epoch: batch)
    callback.set_model(trainer)
    for epoch in range(2):
        logs = {}
        callback.on_epoch_end(epoch, logs)
        a, b = by_hand(*toy_values(trainer), batch, (3.0, 1.0))[0]
        expected = np.sum(a * b) / np.linalg.norm(a) / np.linalg.norm(b)
        assert logs == {"cosine/left~right": pytest.approx(expected, abs=1e-5)}
        for variable in trainer.network.trainable_variables:
            variable.assign(keras.ops.convert_to_numpy(variable)[::-1] * 0.7 + 0.1)


def test_a_task_without_labels_has_no_cosine():
    trainer, logs = make_toy(Trainer), {}
    callback = LogTaskCosines(lambda epoch: make_batch(((0, 0, 0), (1, 1, 1))))
    callback.set_model(trainer)
    callback.on_epoch_end(0, logs)
    assert logs == {}


@pytest.mark.every_backend
def test_a_run_that_is_watched_trains_as_one_that_is_not():
    ends, seen = [], []

    class Look(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append({key: value for key, value in logs.items() if key.startswith("cosine/")})

    for cosines in (False, True):
        network = make_network(TASKS)
        run(network, [Stage("any", 2, optimizer=SGD)], cosines=cosines, callbacks=lambda *args: [Look()])
        ends.append(arrays_of(network))
    assert same(*ends)
    assert seen[:2] == [{}, {}] and [set(logs) for logs in seen[2:]] == [{"cosine/detection~saliency"}] * 2
    assert all(-1 <= value <= 1 for logs in seen for value in logs.values())


def test_parallel_opposed_and_missing():
    gramian = np.array([[4.0, 2.0, -2.0, 0.0], [2.0, 1.0, -1.0, 0.0], [-2.0, -1.0, 1.0, 0.0], [0.0] * 4])
    assert cosines_of(gramian, ["a", "b", "c", "d"]) == {"cosine/a~b": 1.0, "cosine/a~c": -1.0, "cosine/b~c": -1.0}
