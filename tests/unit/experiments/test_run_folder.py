import json
import types

import keras
import pytest

from tests.unit.experiments.small import make_config
from xdomain_keras.errors import ConfigError, DataError
from xdomain_keras.experiments.facts import Facts
from xdomain_keras.experiments.run_folder import RunFolder, environment

FACTS = Facts({"detection": {"class_names": ["box"]}}, backend="jax")
LINES = [{"stage_index": stage, "epoch": epoch, "loss": 1.0} for stage in (0, 1) for epoch in (1, 2, 3)]


@pytest.fixture
def run(tmp_path):
    return RunFolder(tmp_path / "run")


def test_files_are_named_once(run):
    assert run.log_file == run.path / "log.jsonl" and run.best_file == run.path / "best.weights.h5"
    with pytest.raises(AttributeError, match="logs_file"):
        run.logs_file  # noqa: B018


def test_a_new_run_holds_config_facts_and_environment(run):
    config = make_config({"seed": 5})
    run.create(config, FACTS, environment())
    names = {"config.yaml", "environment.json", "facts.json"}
    assert run.config() == config and {path.name for path in run.path.iterdir()} == names
    assert run.facts() == FACTS and run.environment() == environment()
    stored = json.loads(run.environment_file.read_text())
    assert stored["backend"] == keras.backend.backend()
    assert stored == environment() and stored["versions"]["numpy"].count(".") == 2 and "cores" in stored["machine"]
    assert run.config(["seed=6"]).seed == 6


def test_a_run_says_its_backend_whoever_chose_it(run):
    with pytest.raises(ConfigError, match="holds no run"):
        run.backend()
    run.create(make_config({"backend": "torch"}), FACTS, environment())  # KERAS_BACKEND goes before the config
    assert run.backend() == FACTS.backend == "jax"


def test_a_run_is_not_begun_twice(run):
    run.create(make_config(), FACTS, {})
    with pytest.raises(ConfigError, match="run: holds a run already; add --resume"):
        run.create(make_config({"seed": 1}), FACTS, {})
    assert run.config().seed == 0


def test_a_folder_without_a_run_may_be_used(run):
    run.path.mkdir()
    (run.path / "notes.txt").write_text("mine")
    run.create(make_config(), FACTS, {})
    assert (run.path / "notes.txt").read_text() == "mine"


def test_a_file_is_no_folder(run):
    run.path.write_text("mine")
    with pytest.raises(ConfigError, match="run: is a file; choose another folder"):
        run.create(make_config(), FACTS, {})
    assert run.path.read_text() == "mine"


def test_a_folder_without_config_is_no_run(run):
    with pytest.raises(ConfigError, match="run: holds no run"):
        run.config()


def test_a_run_of_an_older_version_has_no_facts(run):
    run.create(make_config(), FACTS, {})
    run.facts_file.unlink()
    with pytest.raises(ConfigError) as caught:
        run.facts()
    assert str(caught.value) == (
        f"{run.path}: has no facts.json, which an older version did not write; train it anew with this one."
    )


def test_a_damaged_file_of_facts_is_named(run):
    run.create(make_config(), FACTS, {})
    for content in (b"", b"{", b"\xff\xfe\x00", b"[1]"):
        run.facts_file.write_bytes(content)
        with pytest.raises(DataError, match=r"run/facts.json: is damaged \(.*\); restore it, or train the run anew."):
            run.facts()


def test_the_best_weights_go_before_the_last(run):
    run.path.mkdir()
    with pytest.raises(ConfigError, match="run: has no weights yet"):
        run.weights()
    run.last_file.touch()
    assert run.weights("best") == run.weights("last") == run.last_file
    run.best_file.touch()
    assert (run.weights("best"), run.weights("last")) == (run.best_file, run.last_file)


def test_weights_that_fail_half_way_leave_the_old_ones(run):
    run.path.mkdir()

    def fail(path):
        path.write_text("half")
        raise OSError("disk full")

    run.save_weights(types.SimpleNamespace(save_weights=lambda path: path.write_text("whole")), run.best_file)
    with pytest.raises(OSError, match="disk full"):
        run.save_weights(types.SimpleNamespace(save_weights=fail), run.best_file)
    assert run.best_file.read_text() == "whole"


def test_lines_behind_the_checkpoint_are_dropped(run):
    run.path.mkdir()
    assert run.log() == []
    run.log_file.write_text("".join(json.dumps(line) + "\n" for line in LINES))
    assert run.log() == LINES
    run.trim_log(1, 2)
    assert run.log() == LINES[:5]
    run.trim_log(0, 3)
    assert run.log() == LINES[:3]
    run.trim_log(0, 0)
    assert run.log() == []


def test_metrics_come_back(run):
    run.path.mkdir()
    assert run.metrics() == {}
    run.write_json(run.metrics_file, {"test": {"a@b": {"AP": None}}})
    assert run.metrics() == {"test": {"a@b": {"AP": None}}} and not list(run.path.glob("*.partial"))
