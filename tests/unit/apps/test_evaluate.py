import json

import pytest

from tests.unit.apps.apps import call
from xdomain_keras.apps import evaluate

PACKAGE = "xdomain_keras.experiments.evaluate"


@pytest.fixture
def asked(monkeypatch):
    given = []
    monkeypatch.setattr(f"{PACKAGE}.load_run", lambda *arguments: given.append(arguments) or ("experiment", None))
    results = {"detection@road": {"AP": 0.25, "AP_small": float("nan")}}
    monkeypatch.setattr(f"{PACKAGE}.evaluate_split", lambda *arguments: given.append(arguments) or (results, {}))
    return given


def test_the_test_split_of_the_best_weights_is_measured(asked, run_folder):
    printed = call(evaluate, run_folder.path).splitlines()
    assert asked == [(str(run_folder.path), "best", []), ("experiment", "test")]
    assert printed[0].split() == ["test:", "detection@road", "AP", "AP_small"] and printed[1].split() == ["0.250", "-"]


def test_split_weights_and_settings_can_be_chosen(asked, run_folder):
    given = ["--split", "validation", "--weights", "last", "--json", "evaluation.batch_size=2"]
    printed = call(evaluate, run_folder.path, *given)
    assert asked == [(str(run_folder.path), "last", ["evaluation.batch_size=2"]), ("experiment", "validation")]
    assert json.loads(printed) == {"detection@road": {"AP": 0.25, "AP_small": None}}
