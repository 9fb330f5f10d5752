import importlib
import pathlib
import types

import pytest

from tests.unit.apps.apps import call
from xdomain_keras.apps import train
from xdomain_keras.errors import ConfigError
from xdomain_keras.experiments.facts import Facts
from xdomain_keras.experiments.run_folder import RunFolder
from xdomain_keras.parts import Parts
from xdomain_keras.reporting.progress import progress_callbacks


@pytest.fixture
def trained(monkeypatch):
    """What the training was asked for; nothing is trained."""
    given = []

    def run(config, folder, parts, resume, extra_callbacks):
        assert isinstance(parts, Parts)
        given.append((config, str(folder), resume))
        assert extra_callbacks == [progress_callbacks]
        metrics = {"test": {"a@b": {"AP": 0.5}}, "test, baseline": {"a@b": {"AP": 0.25}}}
        return types.SimpleNamespace(metrics=lambda: metrics, report_file=pathlib.Path(folder) / "report.html")

    monkeypatch.setattr("xdomain_keras.experiments.train.train", run)
    return given


def test_a_run_goes_by_the_name_of_its_config(trained):
    printed = call(train, "mmd_alignment/scenes", "seed=4")
    ((config, folder, resume),) = trained
    assert (config.name, config.seed, folder, resume) == ("scenes", 4, "runs/scenes", False)
    assert [line.split() for line in printed.splitlines()] == [
        ["test:", "a@b", "AP"],
        ["0.500"],
        ["baseline", "0.250"],
        ["report:", "runs/scenes/report.html"],
    ]


def test_the_folder_can_be_chosen(trained, tmp_path):
    call(train, "mmd_alignment/scenes", "--run", tmp_path / "mine", "seed=4")
    assert trained[0][0].seed == 4 and trained[0][1:] == (str(tmp_path / "mine"), False)


@pytest.mark.parametrize("with_config", [True, False])
def test_a_run_is_resumed_with_its_own_config(with_config, trained, run_folder):
    given = ["mmd_alignment/scenes"] if with_config else []
    call(train, *given, "--resume", "--run", run_folder.path)
    ((config, folder, resume),) = trained
    assert config == run_folder.config() and folder == str(run_folder.path) and resume


def test_a_config_names_the_run_to_resume(trained, run_folder, monkeypatch):
    """And that run's config is the one that goes on."""
    (run_folder.path.parent / "runs").mkdir()
    run_folder.path.rename(run_folder.path.parent / "runs" / "scenes")
    monkeypatch.chdir(run_folder.path.parent)
    call(train, "mmd_alignment/scenes", "--resume")
    ((config, folder, resume),) = trained
    assert (folder, resume) == ("runs/scenes", True) and config == RunFolder("runs/scenes").config()


@pytest.mark.parametrize("command", ["evaluate", "export", "predict", "relatedness", "report", "train"])
def test_commands_on_a_run_take_its_backend(command, run_folder, monkeypatch):
    """In a process where Keras is not imported yet; it ends there."""
    started = []

    def start(asked=None, trained=None):
        started.append((asked, trained))
        raise KeyboardInterrupt

    monkeypatch.setattr("xdomain_keras.apps.backend.start_backend", start)
    run_folder.facts_file.write_text(Facts({}, backend="jax").as_json())
    more = {"train": ["--resume", "--run"], "predict": ["photo.jpg"], "relatedness": [run_folder.path]}.get(command, [])
    given = [*more, run_folder.path] if command == "train" else [run_folder.path, *more]
    with pytest.raises(KeyboardInterrupt):
        call(importlib.import_module(f"xdomain_keras.apps.{command}"), *given)
    assert started == [(None, "jax")]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "train: no config given"),
        (["--resume"], "--resume: say which run, as --run runs/NAME"),
        (["--resume", "--run", "runs/none"], "none: holds no run"),
        (["mmd_alignment/scenes", "seed=4", "--resume"], "--resume: goes on as the run began; leave out `seed=4`"),
    ],
)
def test_what_is_missing_is_said(arguments, message, trained, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as caught:
        call(train, *arguments)
    assert message in str(caught.value) and not trained and not list(tmp_path.iterdir())


def test_each_data_sets_own_network_can_be_trained_beside(monkeypatch, tmp_path):
    """The comparison is printed, with the sentence that sums it up."""
    given = {}

    def run(config, folder, **options):
        given.update(options, name=config.name)
        finished = types.SimpleNamespace(metrics=lambda: {}, report_file=pathlib.Path(folder) / "report.html")
        return finished, (["", "joint"], [["boxes@room AP", 0.5]]), "One network gains."

    monkeypatch.setattr("xdomain_keras.experiments.train_singles.train_with_singles", run)
    printed = call(train, "mmd_alignment/scenes", "--singles", "--run", tmp_path / "run")
    assert given["name"] == "scenes" and not given["resume"] and given["extra_callbacks"] == [progress_callbacks]
    lines = [line.split() for line in printed.splitlines()]
    assert lines[:2] == [["joint"], ["boxes@room", "AP", "0.500"]] and "One network gains." in printed
