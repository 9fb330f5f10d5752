import json
import math

import keras
import numpy as np
import pytest

from tests.unit.training.test_checkpoint import make_trainer
from tests.unit.training.tiny import same
from xdomain_keras.errors import DivergedError
from xdomain_keras.training.callbacks import JsonLog, KeepGenerator, SaveEveryEpoch, StopWhenDiverged, clean
from xdomain_keras.training.checkpoint import load_checkpoint, peek_position, read_generator, read_variables


@pytest.mark.parametrize("loss", [math.nan, math.inf, -math.inf, np.float32("nan")])
def test_a_loss_that_is_no_number_stops_the_run(loss):
    with pytest.raises(DivergedError) as caught:
        StopWhenDiverged().on_epoch_end(4, {"loss": loss, "supervised/depth@road": 2.0})
    assert str(caught.value) == (f"loss is {loss} after epoch 5 (loss); lower optimizer.learning_rate or a weight.")


def test_the_term_that_is_infinite_is_named():
    logs = {"loss": math.nan, "supervised/depth@road": math.nan, "mmd/road~attic": math.inf, "speed": math.inf}
    with pytest.raises(DivergedError, match=r"after epoch 1 \(mmd/road~attic\)"):
        StopWhenDiverged().on_epoch_end(0, logs)


@pytest.mark.parametrize("logs", [None, {}, {"loss": 1e30, "supervised/depth@road": math.nan}])
def test_a_cell_without_labels_is_no_divergence(logs):
    StopWhenDiverged().on_epoch_end(0, logs)


def test_the_log_is_one_line_of_json_an_epoch(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text('{"epoch": 1}\n')  # of the run before the interruption
    log = JsonLog(path, {"stage": "train"})
    log.on_epoch_end(1, {"loss": np.float32(0.5), "supervised/depth@road": math.nan, "val": -math.inf})
    JsonLog(path).on_epoch_end(2)
    lines = [json.loads(line, parse_constant=pytest.fail) for line in path.read_text().splitlines()]
    assert lines == [
        {"epoch": 1},
        {"stage": "train", "epoch": 2, "loss": 0.5, "supervised/depth@road": None, "val": None},
        {"epoch": 3},
    ]


def test_what_was_not_measured_is_none():
    assert [clean(value) for value in (1, np.float32(0.5), math.nan, math.inf)] == [1.0, 0.5, None, None]
    assert type(clean(np.float32(0.5))) is float


def test_a_checkpoint_is_written_after_every_epoch(tmp_path):
    path = tmp_path / "checkpoint.npz"
    trainer, callback = make_trainer(), SaveEveryEpoch(path, stage_index=2, epochs=9)
    callback.set_model(trainer)
    callback.on_epoch_end(0)
    assert peek_position(path) == {"stage": 2, "epoch": 1}
    trainer.step.assign(7)
    callback.on_epoch_end(1)
    other = make_trainer(seed=1)
    assert load_checkpoint(path, other) == {"stage": 2, "epoch": 2}
    assert same(read_variables(other), read_variables(trainer))
    trainer.stop_training = True
    callback.on_epoch_end(2)
    assert peek_position(path) == {"stage": 2, "epoch": 9}  # a stage that ends early is done


@pytest.mark.skipif(keras.backend.backend() != "torch", reason="elsewhere seeds are variables")
def test_what_a_loader_draws_at_its_start_is_taken_back_and_nothing_else():
    import torch

    callback, state = KeepGenerator(), read_generator()
    callback.on_train_begin()
    torch.rand(3, device=keras.ops.zeros(()).device)
    callback.on_train_batch_begin(0)
    assert np.array_equal(read_generator(), state)
    torch.rand(3, device=keras.ops.zeros(()).device)
    drawn = read_generator()
    callback.on_train_batch_begin(1)
    callback.on_train_batch_begin(0)  # of the next epoch
    assert np.array_equal(read_generator(), drawn) and not np.array_equal(drawn, state)
