import json
import sys
import types

import pytest

from tests.unit.apps.apps import call
from xdomain_keras.apps import demo
from xdomain_keras.errors import ConfigError
from xdomain_keras.evaluation.profile import count_macs, count_parameters

BLIND = {
    "detection@room": {"AP50": 0.0, "AP": 0.0},
    "saliency@street": {"NSS": 0.5, "CC": 0.25, "AUC-Judd": 0.75},
}


@pytest.fixture
def trained(network, run_folder):
    """One network in place of three, with figures of its own for each."""
    figures = {
        "joint": {"detection@room": {"AP50": 0.5, "AP": 0.25}, "saliency@street": {"NSS": 2.0, "CC": 0.5}},
        "single: detection": {"detection@room": {"AP50": 0.25, "AP": 0.125}},
        "single: saliency": {"saliency@street": {"NSS": 1.0, "CC": 0.25}},
    }
    config = types.SimpleNamespace(image_size=(32, 32), name="scenes")
    runs = {}
    for name, metrics in figures.items():
        stored = {"test": metrics, "test, baseline": BLIND}
        run = types.SimpleNamespace(
            metrics=lambda stored=stored: stored,
            path=run_folder.path,
            write_json=run_folder.write_json,
            report_file=run_folder.report_file,
        )
        names = {"detection": ["chair"]}
        model = types.SimpleNamespace(network=network, tasks={}, class_names=lambda n=names: n)
        experiment = types.SimpleNamespace(config=config, model=model)
        runs[name] = experiment, run
    return runs


@pytest.fixture
def speeds(monkeypatch):
    given = {}

    def compare_speed(models):
        given.update(models)
        return {name: 10.0 * number for number, name in enumerate(models, 1)}

    monkeypatch.setattr("xdomain_keras.evaluation.speed.compare_speed", compare_speed)
    return given


def test_quality_size_and_speed_stand_side_by_side(trained, speeds, network):
    header, rows = demo.compare(trained)
    parameters, macs = count_parameters(network), count_macs(network, (32, 32))
    assert header[1:6] == ["AP50", "AP", "NSS", "CC", "AUC-Judd"]
    assert rows == [
        ["joint", 0.5, 0.25, 2.0, 0.5, None, parameters, macs, 10.0],
        ["single: detection", 0.25, 0.125, None, None, None, parameters, macs, 20.0],
        ["single: saliency", None, None, 1.0, 0.25, None, parameters, macs, 30.0],
        ["both singles in turn", *[None] * 5, 2 * parameters, 2 * macs, 40.0],
        ["baseline", 0.0, 0.0, 0.5, 0.25, 0.75, 0, 0, None],
    ]
    assert speeds["both singles in turn"] == [network, network]


def test_the_joint_model_is_reported_and_exported(trained, monkeypatch, capsys, tmp_path):
    given = []
    monkeypatch.setattr("xdomain_keras.evaluation.predictor.build_predictor", lambda network, tasks: "predictor")
    monkeypatch.setattr("xdomain_keras.experiments.evaluate.write_evaluation", lambda *_, tables: given.append(tables))
    monkeypatch.setattr(
        "xdomain_keras.export.export_saved_model", lambda *parts: given.append(parts) or {"a": 1e-7, "b": 2e-7}
    )
    demo.finish(trained["joint"], ["model", "AP"], [["joint", 0.5]], tmp_path / "out")
    description = {"name": "scenes", "class_names": {"detection": ["chair"]}}
    tables = {"Joint against single-task": (["model", "AP"], [["joint", 0.5]])}
    assert given == [tables, ("predictor", tmp_path / "out", description)]
    path = trained["joint"][1].path / "comparison.json"
    assert json.loads(path.read_text()) == [{"model": "joint", "AP": 0.5}]
    out = capsys.readouterr().out
    assert "joint  0.500" in out and "largest difference 2.0e-07" in out
    assert f'model = tf.saved_model.load("{tmp_path / "out"}"); model.serve(images)' in out


def test_all_three_are_trained_anew_on_the_same_images(tmp_path, monkeypatch):
    given, loaded = [], []

    def train(config, path, parts, extra_callbacks, sources):
        given.append((config.name, path, sources))
        path.mkdir()  # fails where the old run is left

    def load_run(path, parts, sources):
        loaded.append(sources)
        return path.name, sources

    monkeypatch.setattr("xdomain_keras.experiments.train.train", train)
    monkeypatch.setattr("xdomain_keras.experiments.load.load_run", load_run)
    monkeypatch.setattr(demo, "compare", lambda trained: (list(trained), [name for name, _ in trained.values()]))
    monkeypatch.setattr(demo, "finish", lambda joint, header, rows, out: print(joint[0], header, rows, out))
    for _ in range(2):
        printed = call(demo, "seed=1", "--runs", tmp_path, "--out", tmp_path / "out")
    names = ["demo", "demo_detection", "demo_saliency"]
    assert [(name, path.name) for name, path, _ in given[:3]] == list(
        zip(["scenes", "scenes_detection", "scenes_saliency"], names, strict=True)
    )
    assert len(given) == 6 and all(sources is given[3][2] for _, _, sources in given[3:])
    assert all(sources is given[3][2] for sources in loaded[3:])
    assert f"demo {list(demo.RUNS)} {names} {tmp_path / 'out'}" in printed and "done in" in printed


def test_it_needs_tensorflow_before_it_trains_anything(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(ConfigError, match="the demo, which ends with a SavedModel, needs tensorflow"):
        call(demo, "--runs", tmp_path / "runs")
    assert not list(tmp_path.iterdir())
