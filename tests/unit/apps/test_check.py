import json
import types

import pytest

from tests.unit.apps.apps import call
from tests.unit.experiments.small import make_config, make_sources
from xdomain_keras.apps import check
from xdomain_keras.data import DataFault, Fault
from xdomain_keras.errors import ConfigError, DataError
from xdomain_keras.experiments.faults import PlacedFault

CLASSES = {
    "detection@road": {
        "values": {"box": ["box"], "disc": ["disc"]},
        "annotates": {"train": ["box", "disc"]},
        "counts": {"box": 3, "disc": 0},
    }
}
FAULTS = [
    PlacedFault("road", "train", Fault("boxes.json", "images[0].id", "comes twice.")),
    PlacedFault("road", "test", Fault("a.jpg", "", "cut off.")),
]


@pytest.fixture
def find(monkeypatch):
    """Callable that sets the faults to find; one source is opened before."""

    def find(faults):
        def prepare(config, parts, sources, tell):
            sources["road", "train"] = make_sources()["road", "train"]
            tell(faults)
            if faults:
                raise DataError(f"{faults[0].fault} (1 more; `xdomain check` lists all)")
            facts, model = types.SimpleNamespace(classes=CLASSES), types.SimpleNamespace(tasks={})
            return types.SimpleNamespace(facts=facts, model=model), [], []

        monkeypatch.setattr("xdomain_keras.experiments.validate.prepare", prepare)

    monkeypatch.setattr("xdomain_keras.apps.configs.read_config", lambda *_: make_config())
    return find


def test_sound_data_are_counted(find):
    find([])
    assert call(check, "small").splitlines() == [
        "       detection  saliency",
        "road   x          -",
        "attic  -          x",
        "detection  road",
        "box           3",
        "disc          0",
        "note: detection@road: 1 of its classes never occur in the training labels: disc.",
        "road/train: 6 images, boxes, fixations",
    ]
    assert call(check, "small", "--json") == "[]\n"


def test_every_fault_is_a_line_and_the_end_is_the_error_that_training_would_end_with(find, capsys):
    find(FAULTS)
    arguments = types.SimpleNamespace(config="small", overrides=[], parts=[], json=False)
    with pytest.raises(
        DataError, match=r"^boxes.json: images\[0\].id: comes twice. \(1 more; `xdomain check` lists all"
    ):
        check.run(arguments)
    printed = capsys.readouterr().out.splitlines()
    assert printed[:2] == ["road/train: boxes.json: images[0].id: comes twice.", "road/test: a.jpg: cut off."]
    assert printed[-1] == "road/train: 6 images, boxes, fixations"
    arguments.json = True
    with pytest.raises(DataError):
        check.run(arguments)
    assert json.loads(capsys.readouterr().out) == [placed.as_json() for placed in FAULTS]


def test_a_config_that_cannot_be_run_is_an_error_and_nothing_else(find, monkeypatch, capsys):
    def refuse(*_, **__):
        raise ConfigError("stage `train`: nothing trains.")

    find([])
    monkeypatch.setattr("xdomain_keras.experiments.validate.prepare", refuse)
    with pytest.raises(ConfigError, match="nothing trains"):
        check.run(types.SimpleNamespace(config="small", overrides=[], parts=[], json=False))
    assert capsys.readouterr().out == ""


def test_where_a_source_cannot_be_opened_the_others_are_looked_at_all_the_same(find, monkeypatch, capsys):
    """The network takes its classes from the broken one, so that no task could be asked."""
    sources = make_sources()
    sources["road", "test"].faults.append(FAULTS[1].fault)
    broken = DataFault("boxes.json", "", "empty file (0 bytes).")

    def build_source(source, split, place, parts):
        _, domain, _, split = place.split(".")
        if split == "train":
            raise broken
        return sources[domain, split]

    find([])
    monkeypatch.undo()
    monkeypatch.setattr("xdomain_keras.apps.configs.read_config", lambda *_: make_config())
    monkeypatch.setattr("xdomain_keras.experiments.data.build_source", build_source)
    with pytest.raises(DataError, match="^boxes.json: empty file"):
        check.run(types.SimpleNamespace(config="small", overrides=[], parts=[], json=False))
    assert capsys.readouterr().out.splitlines() == [
        "road/train: boxes.json: empty file (0 bytes).",
        "road/test: a.jpg: cut off.",
        "attic/train: boxes.json: empty file (0 bytes).",
        "       detection  saliency",
        "road   x          -",
        "attic  -          x",
        "road/validation: 6 images, boxes, fixations",
        "road/test: 6 images, boxes, fixations",
        "attic/test: 6 images, boxes, fixations",
    ]
