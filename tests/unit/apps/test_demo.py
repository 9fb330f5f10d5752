import sys
import types

import pytest

from tests.unit.apps.apps import call
from xdomain_keras.apps import demo
from xdomain_keras.errors import ConfigError


def test_it_trains_anew_says_what_one_network_gains_and_exports_it(tmp_path, monkeypatch):
    given = []

    def train_with_singles(config, folder, parts, extra_callbacks):
        given.append((config.name, config.seed, folder))
        folder.mkdir()  # fails where the old run is left
        return types.SimpleNamespace(path=folder), (["", "joint"], [["boxes AP50", 0.5]]), "One network for two."

    monkeypatch.setattr("xdomain_keras.experiments.train_singles.train_with_singles", train_with_singles)
    monkeypatch.setattr(demo, "export", lambda folder, parts, out: print(f"exported {folder.name} to {out.name}"))
    for _ in range(2):
        printed = call(demo, "seed=1", "--runs", tmp_path, "--out", tmp_path / "out")
    assert given == [("scenes", 1, tmp_path / "demo")] * 2
    for said in ("boxes AP50  0.500", "\n\nOne network for two.\n", "exported demo to out", "done in"):
        assert said in printed


def test_the_joint_model_is_exported(monkeypatch, capsys, tmp_path):
    given, names = [], {"detection": ["chair"]}
    model = types.SimpleNamespace(network="network", tasks="tasks", class_names=lambda: names)
    experiment = types.SimpleNamespace(config=types.SimpleNamespace(name="scenes"), model=model)
    run = types.SimpleNamespace(report_file=tmp_path / "report.html")
    monkeypatch.setattr("xdomain_keras.experiments.load.load_run", lambda folder, parts: (experiment, run))
    monkeypatch.setattr("xdomain_keras.evaluation.predictor.build_predictor", lambda *parts: parts)
    monkeypatch.setattr(
        "xdomain_keras.export.export_saved_model", lambda *parts: given.append(parts) or {"a": 1e-7, "b": 2e-7}
    )
    demo.export(tmp_path, None, tmp_path / "out")
    assert given == [(("network", "tasks"), tmp_path / "out", {"name": "scenes", "class_names": names})]
    out = capsys.readouterr().out
    assert "largest difference 2.0e-07" in out and str(run.report_file) in out
    assert f'model = tf.saved_model.load("{tmp_path / "out"}"); model.serve(images)' in out


def test_it_needs_tensorflow_before_it_trains_anything(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(ConfigError, match="the demo, which ends with a SavedModel, needs tensorflow"):
        call(demo, "--runs", tmp_path / "runs")
    assert not list(tmp_path.iterdir())
