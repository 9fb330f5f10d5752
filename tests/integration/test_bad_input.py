"""Every bad input that people have: one line that names file and field, an exit code, and nothing left behind."""

import json
import os
import subprocess
import sys

import pytest

from tests.integration.broken import BAD_CONFIG, BAD_DATA, set_box, truncate
from tests.integration.experiment import make_experiment, write_experiment
from xdomain_keras.apps.main import main
from xdomain_keras.experiments.data import Data
from xdomain_keras.experiments.run_folder import RunFolder
from xdomain_keras.parts import Parts

CASES = [pytest.param(2, *case, id=name) for name, case in BAD_CONFIG.items()]
CASES += [pytest.param(3, *case, id=name) for name, case in BAD_DATA.items()]


def one_line(capfd):
    """The only line on stderr, as the process writes it; nothing is on stdout."""
    out, err = capfd.readouterr()
    assert out == "" and len(err.splitlines()) == 1 and err.startswith("error: "), err
    return err


@pytest.mark.parametrize(("code", "break_it", "wanted"), CASES)
def test_it_is_said_in_one_line_and_nothing_is_left(code, break_it, wanted, tmp_path, capfd):
    parts = make_experiment(tmp_path)
    break_it(parts)
    config = write_experiment(parts)
    before = set(tmp_path.rglob("*"))
    assert main(["train", str(config), "--run", str(tmp_path / "run")]) == code
    line = one_line(capfd)
    assert [text for text in wanted if text not in line] == [], line
    assert set(tmp_path.rglob("*")) == before


def test_a_fresh_process_says_that_one_line_alone(tmp_path):
    """TensorFlow is started for it, whose chatter no setting of this process turns away there."""
    parts = make_experiment(tmp_path)
    truncate(parts)
    config = write_experiment(parts)
    before = set(tmp_path.rglob("*"))
    environment = {key: value for key, value in os.environ.items() if not key.startswith("TF_")}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    command = [sys.executable, "-m", "xdomain_keras.apps.main", "train", config.name, "--run", "run"]
    finished = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    (line,) = finished.stderr.splitlines()
    assert finished.returncode == 3 and line.startswith("error: ") and "b.jpg: JPEG cut off" in line
    assert finished.stdout == "" and set(tmp_path.rglob("*")) == before


def test_what_is_bad_can_be_skipped(tmp_path, capfd):
    """A cut image and a box outside: both are listed once, and all else is trained on and measured."""
    parts = make_experiment(tmp_path)
    truncate(parts)
    parts["boxes"]["annotations"][3].update(bbox=[25, 10, 12, 12])
    assert main(["train", str(write_experiment(parts)), "--on-bad", "skip", "--run", str(tmp_path / "run")]) == 0
    assert "note: 2 image(s) or label(s) cannot be used and are skipped; see " in capfd.readouterr().err
    run = RunFolder(tmp_path / "run")
    listed = json.loads(run.quarantine_file.read_text())
    places = [(fault["domain"], fault["split"], fault["field"]) for fault in listed]
    assert places == [("boxed", "train", "annotations[3].bbox"), ("boxed", "train", "")]
    assert "JPEG cut off" in listed[1]["message"]
    data = Data(run.config(), Parts())
    for domain in ("boxed", "gazed"):
        assert data.source(domain, "train").ids == ["a.jpg", "c.jpg", "d.jpg"]
    assert "detection@boxed" in run.metrics()["test"]


def test_nothing_is_left_to_skip_to(tmp_path, capfd):
    parts = make_experiment(tmp_path)
    for path in (tmp_path / "images").iterdir():
        path.write_bytes(path.read_bytes()[:300])
    assert main(["train", str(write_experiment(parts)), "--on-bad", "skip", "--run", str(tmp_path / "run")]) == 3
    assert "No image is left" in one_line(capfd) and not (tmp_path / "run").exists()


def contents(folder):
    """Every file of a folder with its bytes."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_run_is_never_overwritten(trained, capfd):
    before = contents(trained.run)
    assert main(["train", str(trained.config), "--run", str(trained.run)]) == 2
    assert "run: holds a run already; add --resume" in one_line(capfd) and contents(trained.run) == before


def test_a_resumed_run_keeps_its_config(trained, capfd):
    before = contents(trained.run)
    assert main(["train", "--resume", str(trained.config), "seed=3", "--run", str(trained.run)]) == 2
    assert "--resume: goes on as the run began; leave out `seed=3`" in one_line(capfd)
    assert contents(trained.run) == before


@pytest.mark.parametrize(
    "arguments", [["train", "--resume", "--run"], ["evaluate"], ["export"], ["report"]], ids=lambda words: words[0]
)
def test_there_is_no_run_to_go_on_with(arguments, tmp_path, capfd):
    assert main([*arguments, str(tmp_path / "none")]) == 2
    assert "none: holds no run (no config.yaml)" in one_line(capfd) and not (tmp_path / "none").exists()


def begin(trained, path):
    """A run like the trained one that was stopped before its first epoch ended."""
    done, run = RunFolder(trained.run), RunFolder(path)
    run.create(done.config(), done.facts(), done.environment())
    return run


def test_a_run_without_weights_says_so(trained, tmp_path, capfd):
    begin(trained, tmp_path / "stopped")
    assert main(["evaluate", str(tmp_path / "stopped")]) == 2
    assert "stopped: has no weights yet" in one_line(capfd)


def test_a_cut_checkpoint_is_named(trained, tmp_path, capfd):
    run = begin(trained, tmp_path / "cut")
    run.checkpoint_file.write_bytes((trained.run / "checkpoint.npz").read_bytes()[:2000])
    assert main(["train", "--resume", "--run", str(run.path)]) == 3
    assert "checkpoint.npz: is not a checkpoint, or was cut off" in one_line(capfd)


@pytest.mark.parametrize(
    ("name", "wanted"), [("none.yaml", "none.yaml: No such file"), (".", ".: is a folder; give a config file")]
)
def test_there_is_no_such_config(name, wanted, tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["train", name]) == 2
    assert wanted in one_line(capfd) and not list(tmp_path.iterdir())


def test_check_lists_every_fault_once(tmp_path, capfd):
    parts = make_experiment(tmp_path)
    set_box([25, 10, 12, 12])(parts)
    BAD_DATA["fixation outside"][0](parts)
    truncate(parts)
    config = str(write_experiment(parts))
    assert main(["check", config, "--json"]) == 3
    out, err = capfd.readouterr()
    faults = json.loads(out)
    assert err.startswith("error: ") and err.endswith(" (2 more; `xdomain check` lists all)\n")
    assert "boxes.json: annotations[1].bbox: right edge 37" in err
    assert [(fault["domain"], fault["split"], fault["field"]) for fault in faults] == [
        ("boxed", "train", "annotations[1].bbox"),
        ("boxed", "train", ""),
        ("gazed", "train", "b.jpg[1][1]"),
    ]
    assert main(["check", config]) == 3
    lines = capfd.readouterr().out.splitlines()
    assert lines[0].startswith("boxed/train: ") and "boxes.json: annotations[1].bbox: right edge 37" in lines[0]
    assert lines[1].startswith("boxed/train: ") and "b.jpg: JPEG cut off" in lines[1]
    assert "gazed/test: 4 images, fixations" in lines
