import json
import os

import keras
import numpy as np
import pytest

from tests.unit.training.tiny import MATRIX, make_network, make_tasks, make_terms, same
from xdomain_keras.errors import DataError
from xdomain_keras.training import Trainer, build_optimizer, load_checkpoint, save_checkpoint
from xdomain_keras.training.checkpoint import (
    peek_position,
    read_checkpoint,
    read_generator,
    read_variables,
    trainer_variables,
    write_generator,
)

POSITION = {"stage": 1, "epoch": 3}


def make_trainer(seed=0, optimizer="adam", rank=None):
    """Built and compiled, but no step is taken: nothing is traced."""
    tasks = make_tasks()
    network = make_network(tasks, seed, dropout=0.3)
    trainer = Trainer(network, MATRIX, make_terms(rank=rank), tasks)
    trainer.compile(build_optimizer(10, optimizer))
    trainer.optimizer.build(trainer.trainable_variables)
    return trainer


@pytest.fixture(scope="module")
def trainer():
    """Every variable differs from its start."""
    trainer = make_trainer()
    for number, variable in enumerate(trainer_variables(trainer), 1):
        variable.assign(keras.ops.cast(keras.ops.full(variable.shape, number), variable.dtype))
    return trainer


@pytest.fixture
def saved(tmp_path, trainer):
    save_checkpoint(tmp_path / "checkpoint.npz", trainer, POSITION)
    return tmp_path / "checkpoint.npz"


def test_it_holds_all_that_the_next_step_depends_on(trainer):
    names = {variable.path.split("/", 1)[-1] for variable in trainer_variables(trainer)}
    paths = " ".join(variable.path for variable in trainer_variables(trainer))
    assert {"step", "projection", "iteration", "moving_mean"} <= {name.split("/")[-1] for name in names}
    assert "seed_generator_state" in paths and "momentum" in paths
    assert len(trainer_variables(trainer)) == len({id(variable) for variable in trainer_variables(trainer)})


def test_a_checkpoint_restores_every_variable_and_the_position(trainer, saved):
    other = make_trainer(seed=1)
    start = read_variables(other)
    assert load_checkpoint(saved, other) == POSITION
    assert same(read_variables(other), read_variables(trainer))
    assert not any(np.array_equal(a, b) for a, b in zip(start, read_variables(other), strict=True))
    assert [array.dtype for array in start] == [array.dtype for array in read_variables(other)]


def test_the_position_is_read_without_a_model(saved):
    assert peek_position(saved) == POSITION
    assert read_checkpoint(saved, with_arrays=False) == (POSITION, [])


def test_a_new_checkpoint_replaces_the_old_one_and_nothing_else_is_left(trainer, saved):
    save_checkpoint(saved, trainer, {"stage": 2, "epoch": 0})
    assert peek_position(saved) == {"stage": 2, "epoch": 0}
    assert os.listdir(saved.parent) == ["checkpoint.npz"]


@pytest.mark.skipif(keras.backend.backend() != "torch", reason="elsewhere seeds are variables")
def test_it_restores_the_generator_that_dropout_draws_from_on_torch(trainer, saved):
    import torch

    state = read_generator()
    torch.rand(1000, device=keras.ops.zeros(()).device)
    assert not np.array_equal(read_generator(), state)
    load_checkpoint(saved, trainer)
    assert np.array_equal(read_generator(), state)
    write_generator(np.zeros(0, np.uint8))  # of a run on another backend
    assert np.array_equal(read_generator(), state)


@pytest.mark.parametrize("broken", ["np.savez", "os.replace"])
def test_a_crash_while_writing_leaves_the_old_one_whole(trainer, saved, monkeypatch, broken):
    def crash(target, *_, **__):
        if hasattr(target, "write"):
            target.write(b"half of a checkp")
        raise KeyboardInterrupt

    before = saved.read_bytes()
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr({"np.savez": np, "os.replace": os}[broken], broken.split(".")[1], crash)
        save_checkpoint(saved, trainer, {"stage": 9, "epoch": 9})
    assert saved.read_bytes() == before
    save_checkpoint(saved, trainer, {"stage": 9, "epoch": 9})  # what was left behind is in nobody's way
    assert peek_position(saved) == {"stage": 9, "epoch": 9} and os.listdir(saved.parent) == ["checkpoint.npz"]


@pytest.mark.parametrize("other", [{"rank": 3}, {"optimizer": "sgd"}])
def test_the_checkpoint_of_another_model_changes_nothing(saved, other):
    other = make_trainer(seed=1, **other)
    start = read_variables(other)
    with pytest.raises(DataError, match=r"checkpoint.npz: holds another model \(\d+ arrays, here \d+\); start anew."):
        load_checkpoint(saved, other)
    assert same(read_variables(other), start)


def small_checkpoint(path):
    with open(path, "wb") as file:
        np.savez(file, position=json.dumps(POSITION), v0=np.arange(5.0), v1=np.ones((2, 3)))
    return path.read_bytes()


def assert_refused(path):
    with pytest.raises(DataError, match="is not a checkpoint, or was cut off; remove it, and train anew.") as caught:
        read_checkpoint(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_a_file_that_was_cut_off_is_refused_wherever_the_cut_is(tmp_path):
    path = tmp_path / "checkpoint.npz"
    whole = small_checkpoint(path)
    for length in range(0, len(whole), 5):
        path.write_bytes(whole[:length])
        assert_refused(path)


def test_a_flipped_bit_is_refused_or_does_no_harm(tmp_path):
    path = tmp_path / "checkpoint.npz"
    whole = small_checkpoint(path)
    intact = read_checkpoint(path)
    refused = 0
    for place in range(0, len(whole), 3):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << place % 8
        path.write_bytes(damaged)
        try:
            position, arrays = read_checkpoint(path)
        except DataError:
            refused += 1
        else:  # where the directory lost entries, `load_checkpoint` misses them
            assert position == intact[0] and same(arrays, intact[1][: len(arrays)]), place
    assert refused > len(whole) / 6


def test_what_is_no_checkpoint_is_refused(tmp_path):
    path = tmp_path / "checkpoint.npz"
    assert_refused(path)  # not there
    path.write_text("no zip")
    assert_refused(path)
    with open(path, "wb") as file:
        np.save(file, np.zeros(3))
    assert_refused(path)
    with open(path, "wb") as file:
        np.savez(file, weights=np.zeros(3))
    assert_refused(path)
