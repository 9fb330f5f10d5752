import pathlib
import types

import pytest

from tests.unit.apps.apps import call
from tests.unit.experiments.small import make_config
from xdomain_keras.apps import export
from xdomain_keras.errors import ConfigError
from xdomain_keras.experiments.model import Model

TAPPED = {"domains": {"attic": {"taps": {"detection": "c4"}}}}


@pytest.fixture
def exported(monkeypatch):
    """What was asked for; nothing is exported."""
    given = []
    config = make_config(TAPPED)
    model = Model(config, "network", {"detection": 1, "saliency": 2}, None, {})
    model.class_names = lambda: {"detection": ["cat"]}
    experiment = types.SimpleNamespace(config=config, model=model)

    def build_predictor(network, tasks, taps, domain):
        assert domain is None  # no domain of this config has batch normalisation of its own
        return network, tasks, taps

    def write(predictor, path, description):
        given.append((predictor, path, description))
        return {"saliency_map": 2e-7, "detection_scores": 0.0}

    def load_run(folder, parts, weights):
        given.append(weights)
        return experiment, None

    monkeypatch.setattr("xdomain_keras.experiments.load.load_run", load_run)
    monkeypatch.setattr("xdomain_keras.experiments.model.build_predictor", build_predictor)
    monkeypatch.setattr("xdomain_keras.export.export_saved_model", write)
    return given


def test_all_heads_go_to_a_folder_of_the_runs_name(exported, run_folder):
    printed = call(export, run_folder.path)
    description = {"name": "small", "class_names": {"detection": ["cat"]}}
    heads = {"detection": 1, "saliency": 2}
    path = pathlib.Path("saved_models") / run_folder.path.name  # two runs of one config do not overwrite each other
    assert exported == ["best", (("network", heads, {}), path, description)]
    assert printed == f"{path}: verified; largest difference saliency_map 2.0e-07, detection_scores 0.0e+00\n"


def test_heads_weights_and_folder_can_be_chosen(exported, run_folder, tmp_path):
    call(export, run_folder.path, "--heads", "saliency", "--weights", "last", "--out", tmp_path)
    assert exported[0] == "last" and exported[1][:2] == (("network", {"saliency": 2}, {}), tmp_path)


def test_heads_read_what_they_read_on_the_domain(exported, run_folder):
    call(export, run_folder.path, "--domain", "attic")
    assert exported[1][0] == ("network", {"detection": 1, "saliency": 2}, {"detection": "c4"})
    with pytest.raises(ConfigError, match="unknown domain `atic`; did you mean `attic`"):
        call(export, run_folder.path, "--domain", "atic")


def test_an_unknown_head_is_named(exported, run_folder):
    with pytest.raises(ConfigError, match="--heads: unknown task `detectoin`; did you mean `detection`"):
        call(export, run_folder.path, "--heads", "saliency", "detectoin")
    assert exported == ["best"]
