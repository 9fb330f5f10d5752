import json
import types

import pytest

from tests.unit.apps.apps import call
from xdomain_keras.apps import evaluate
from xdomain_keras.label_matrix import Cell
from xdomain_keras.parts import Parts

PACKAGE = "xdomain_keras.experiments"
CELL = Cell("detection", "road")


class Task:
    """With what says whether a network is worth its while."""

    main_metric = "AP"

    def baseline(self):
        return types.SimpleNamespace(name="no box")


@pytest.fixture
def asked(monkeypatch):
    given, tasks = [], {"detection": Task()}
    model = types.SimpleNamespace(tasks=tasks)
    experiment = types.SimpleNamespace(config="config", data="data", facts="facts", model=model)
    results = {CELL: {"AP": 0.25, "AP_small": float("nan")}}
    baselines = {CELL: {"AP": 0.125, "AP_small": 0.0}}

    def load_run(folder, parts, weights, overrides):
        assert isinstance(parts, Parts)
        given.append((folder, weights, overrides))
        return experiment, None

    monkeypatch.setattr(f"{PACKAGE}.load.load_run", load_run)
    monkeypatch.setattr(f"{PACKAGE}.evaluate.evaluate_split", lambda *each: given.append(each) or (results, {}))
    monkeypatch.setattr(f"{PACKAGE}.evaluate.evaluate_split_baselines", lambda *each: given.append(each) or baselines)
    expected = [("config", "data", model), ("config", "data", "facts", model)]
    return types.SimpleNamespace(given=given, results=results, baselines=baselines, expected=expected)


def test_the_test_split_of_the_best_weights_is_measured(asked, run_folder, capsys):
    printed = call(evaluate, run_folder.path).splitlines()
    assert asked.given == [(str(run_folder.path), "best", []), *((*each, "test") for each in asked.expected)]
    assert [line.split() for line in printed] == [
        ["test:", "detection@road", "AP", "AP_small"],
        ["0.250", "-"],
        ["baseline", "0.125", "0.000"],
    ]
    assert capsys.readouterr().err == ""


def test_split_weights_and_settings_can_be_chosen(asked, run_folder):
    given = ["--split", "validation", "--weights", "last", "--json", "evaluation.batch_size=2"]
    printed = call(evaluate, run_folder.path, *given)
    assert asked.given == [
        (str(run_folder.path), "last", ["evaluation.batch_size=2"]),
        *((*each, "validation") for each in asked.expected),
    ]
    assert json.loads(printed) == {"detection@road": {"AP": 0.25, "AP_small": None}}


@pytest.mark.parametrize(("score", "relation"), [(0.125, "only equal to"), (0.0625, "below")])
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_what_is_not_above_its_baseline_is_said_on_stderr(score, relation, form, asked, run_folder, capsys):
    asked.results[CELL]["AP"] = score
    call(evaluate, run_folder.path, *form)
    assert capsys.readouterr().err == (
        f"note: detection@road: AP {score:.3f} is {relation} that of the baseline, 0.125 (no box): the network adds "
        "nothing here.\n"
    )
