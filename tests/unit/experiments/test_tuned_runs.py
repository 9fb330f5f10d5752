"""Runs with what fine-tuning takes: stopped and resumed, and what is kept of them."""

import contextlib

import keras
import pytest

from tests.unit.experiments.small import PARTS, make_config
from tests.unit.experiments.test_train import Stop, without_seconds
from tests.unit.training import tiny
from xdomain_keras.experiments.load import load_run
from xdomain_keras.experiments.run_folder import RunFolder
from xdomain_keras.experiments.train import train

TUNED = {
    "average": {"model": {"average": 0.9}},
    "held norms": {"model": {"norm": "frozen"}},
    "own norms, averaged": {"model": {"norm": "per_domain", "average": 0.9}},
    "cached features": {"stages": [{"name": "heads", "epochs": 2, "frozen": ["backbone"]}]},
    "accumulated": {"optimizer": {"accumulate": 2, "schedule": "cosine"}},
    "factors and coupled decay": {
        "optimizer": {"name": "sgd", "factors": {"backbone": 0.1}, "weight_decay": 0.01, "decay": "coupled"}
    },
}


@pytest.mark.every_backend
@pytest.mark.parametrize("changes", TUNED.values(), ids=TUNED)
def test_a_tuned_run_goes_on_as_if_it_had_not_been_stopped(changes, finished, tmp_path):
    config, runs = make_config({"stages": [{"name": "train", "epochs": 2}], **changes}), []
    for name in ("whole", "stopped"):
        callbacks = [lambda index, stage, trainer: [Stop()]] if name == "stopped" else []
        with contextlib.suppress(KeyboardInterrupt):
            train(config, tmp_path / name, report=False, extra_callbacks=callbacks, sources=finished.sources)
        runs.append(RunFolder(tmp_path / name))
    assert not runs[1].last_file.exists()
    train(None, runs[1].path, resume=True, report=False, sources=finished.sources)
    assert without_seconds(runs[0].log()) == without_seconds(runs[1].log())
    ends = [load_run(run.path, PARTS, "last")[0].model.network for run in runs]
    assert tiny.same(*map(tiny.arrays_of, ends))


def test_what_is_kept_of_an_averaged_run_is_the_average(finished, tmp_path):
    """Not the weights that training ends with, which the checkpoint has."""
    ends = []

    class Look(keras.callbacks.Callback):
        def on_train_end(self, logs=None):
            ends.extend((tiny.arrays_of(self.model.network), tiny.arrays_of(self.model.average.copy)))

    config = make_config({"model": {"average": 0.9}, "stages": [{"name": "train", "epochs": 2}]})
    look = [lambda index, stage, trainer: [Look()]]
    run = train(config, tmp_path / "run", report=False, extra_callbacks=look, sources=finished.sources)
    kept = tiny.arrays_of(load_run(run.path, PARTS, "last")[0].model.network)
    assert tiny.same(kept, ends[1]) and not tiny.same(kept, ends[0])
