import atexit
import sys
import types

import keras
import numpy as np
import pytest

from xdomain_keras.reporting.progress import ProgressBar, ProgressLines, progress_callbacks, summarize
from xdomain_keras.terms import PseudoLabels, Supervised

LOGS = {
    "loss": 2.5,
    "supervised/detection@room": 1.25,
    "mmd/room~street": 0.125,
    "balance/detection": 0.75,
    "labels/detection@room": 16.0,
    "labels/saliency@street": 3.0,
    "val/detection@room/AP50": 0.5,
}
STAGE = types.SimpleNamespace(name="heads", epochs=3)


@pytest.fixture
def fitted():
    """Callable that fits one weight with a callback, 2 steps an epoch."""

    def fit(callback, epochs=2):
        images = keras.Input((1,))
        model = keras.Model(images, keras.layers.Dense(1)(images))
        model.compile("sgd", "mse", jit_compile=False)
        given = {"epochs": epochs, "verbose": 0, "batch_size": 2, "callbacks": [callback]}
        return model.fit(np.ones((4, 1)), np.ones((4, 1)), **given)

    return fit


def test_a_line_names_losses_labels_and_the_score():
    assert summarize(LOGS) == (
        "loss 2.500 · detection@room 1.250 · mmd/room~street 0.125 · labels detection@room 16, saliency@street 3"
    )
    assert summarize({**LOGS, "val/score": 0.5}).endswith("saliency@street 3 · validation 0.500")
    assert summarize({}).startswith("loss nan")


def test_there_is_a_plain_line_an_epoch(fitted, capsys):
    fitted(ProgressLines("heads", 2))
    out, err = capsys.readouterr()
    assert out == "" and [line.split(" · ")[0] for line in err.splitlines()] == ["heads 1/2", "heads 2/2"]


def test_seconds_close_the_line(capsys):
    ProgressLines("heads", 3).on_epoch_end(1, {**LOGS, "seconds": 2.345})
    assert capsys.readouterr().err == f"heads 2/3 · {summarize(LOGS)} · 2.3 s\n"


def test_a_term_without_anything_to_learn_from_is_named_once(capsys):
    idle = {**LOGS, "supervised/detection@room": float("nan")}
    lines = ProgressLines("heads", 3, [Supervised()])
    lines.on_epoch_end(0, idle)
    line, note = capsys.readouterr().err.splitlines()
    assert " · detection@room – · " in line
    assert note.startswith("note: `supervised/detection@room` did nothing in this epoch: no image has the labels")
    lines.on_epoch_end(1, idle)
    lines.on_epoch_end(0, LOGS)
    lines.on_epoch_end(0, {**idle, "loss": float("nan")})  # that is divergence, and not the term's rest
    assert "note:" not in capsys.readouterr().err


def test_a_term_that_begins_later_is_named_after_it_has_begun(capsys):
    lines = ProgressLines("heads", 5, [PseudoLabels(start=0.5)])
    for epoch in range(5):
        lines.on_epoch_end(epoch, {"loss": 1.0, "pseudo_labels/detection@room": float("nan")})
    shown = [line.split(" · ")[0] for line in capsys.readouterr().err.splitlines()]
    note = (
        "note: `pseudo_labels/detection@room` did nothing in this epoch: its teacher is sure of no box of a class that "
        "is not annotated. Lower `threshold`, or train longer."
    )
    assert shown == ["heads 1/5", "heads 2/5", "heads 3/5", "heads 4/5", note, "heads 5/5"]


@pytest.mark.parametrize(("terminal", "kind"), [(True, ProgressBar), (False, ProgressLines)])
def test_a_bar_is_for_terminals(terminal, kind, monkeypatch):
    monkeypatch.setattr(sys, "stderr", types.SimpleNamespace(isatty=lambda: terminal))
    (callback,) = progress_callbacks(0, STAGE, None)
    assert type(callback) is kind and (callback.stage_name, callback.epochs) == ("heads", 3)


def test_the_bar_counts_steps_on_stderr_and_is_stopped(fitted, capsys, monkeypatch):
    at_exit = []
    monkeypatch.setattr(atexit, "register", at_exit.append)
    bar = ProgressBar("heads", 2)
    fitted(bar)
    (task,) = bar.progress.tasks
    assert (task.completed, task.total, task.description) == (2, 2, "heads 2/2") and not bar.progress.live.is_started
    assert bar.progress.console.stderr and at_exit == [bar.progress.stop]
    out, err = capsys.readouterr()
    assert out == "" and "heads 2/2 · loss" in err
