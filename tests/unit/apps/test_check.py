import json
import types

import pytest

from tests.unit.apps.apps import call
from xdomain_keras.apps import check
from xdomain_keras.errors import ConfigError, DataError

FAULTS = [
    {"domain": "road", "split": "train", "file": "boxes.json", "field": "images[0].id", "message": "comes twice."},
    {"domain": "road", "split": "test", "file": "a.jpg", "field": "", "message": "cut off."},
]


class Images(list):
    """A source, as far as it is counted."""

    labels = frozenset(["classes", "boxes_xyxy"])


@pytest.fixture
def find(monkeypatch):
    """Callable that sets the faults to find; the experiment has one source."""
    sources = {("road", "train"): Images("abc")}
    experiment = types.SimpleNamespace(matrix="the matrix", sources=sources, hidden_labels=dict)
    monkeypatch.setattr("xdomain_keras.experiments.build.Experiment", lambda config: experiment)
    monkeypatch.setattr("xdomain_keras.experiments.runnable.require_runnable", lambda given: None)
    return lambda faults: monkeypatch.setattr("xdomain_keras.experiments.checking.find_faults", lambda given: faults)


def test_sound_data_are_counted(find):
    find([])
    assert call(check, "mmd_alignment/scenes") == "the matrix\nroad/train: 3 images, boxes_xyxy, classes\n"
    assert call(check, "mmd_alignment/scenes", "--json") == "[]\n"


def test_every_fault_is_a_line_and_the_end_is_an_error(find, capsys):
    find(FAULTS)
    with pytest.raises(DataError, match=r"2 fault\(s\) in the data of scenes; see the list"):
        check.run(types.SimpleNamespace(config="mmd_alignment/scenes", overrides=[], json=False))
    assert capsys.readouterr().out.splitlines()[:2] == [
        "road/train: boxes.json: images[0].id: comes twice.",
        "road/test: a.jpg: cut off.",
    ]
    with pytest.raises(DataError):
        check.run(types.SimpleNamespace(config="mmd_alignment/scenes", overrides=[], json=True))
    assert json.loads(capsys.readouterr().out) == FAULTS


def test_a_stage_that_cannot_be_run_is_an_error_of_the_config(find, monkeypatch):
    def refuse(experiment):
        raise ConfigError("stage `train`: nothing trains.")

    find([])
    monkeypatch.setattr("xdomain_keras.experiments.runnable.require_runnable", refuse)
    with pytest.raises(ConfigError, match="nothing trains"):
        call(check, "mmd_alignment/scenes")
