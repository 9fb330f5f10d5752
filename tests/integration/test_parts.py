"""A run that was made with a file of parts: it asks for it by name and hash, and never executes code of its folder."""

import hashlib
import json
import shutil

import pytest

from tests.integration.experiment import call, make_experiment, write_experiment

pytestmark = pytest.mark.backend_free
TEXT = '''"""Where people look, under a name of its own, and a term that keeps features small."""

from keras import ops

from xdomain_keras.tasks import Saliency
from xdomain_keras.terms import Needs, Term


class Gaze(Saliency):
    """Where people look."""


class Small(Term):
    """The mean square of a feature.

    Args:
        feature: its name.
        weight: of the term.
        name: of the term.
    """

    def __init__(self, feature: str = "pooled", weight: float = 1.0, name="small"):
        super().__init__(name, weight)
        self.feature = feature

    def needs(self, setting):
        return {domain: Needs(features=frozenset([self.feature])) for domain in setting.matrix.domains}

    def cells(self, setting):
        return list(setting.matrix.domains)

    def compute(self, step):
        return {domain: (ops.mean(ops.square(own[self.feature])), 1.0) for domain, own in step.features.items()}


PARTS = {"tasks": {"gaze": Gaze}, "terms": {"small": Small}}
'''
DIGEST = hashlib.sha256(TEXT.encode()).hexdigest()


def make_gaze(parts):
    """A network of two tasks, one of them from the file, with a term from it."""
    config = parts["config"]
    config["domains"]["gazed"]["tasks"] = ["gaze"]
    config["tasks"]["gaze"] = config["tasks"].pop("saliency")
    config["terms"] = {"small": {"weight": 0.01}}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Folder with `mine.py`, the config, the images and the run that `xdomain train` made of them."""
    folder = tmp_path_factory.mktemp("parts")
    (folder / "mine.py").write_text(TEXT, encoding="utf-8")
    parts = make_experiment(folder / "data")
    make_gaze(parts)
    config = write_experiment(parts)
    code, out, err = call("train", config, "--run", folder / "run", "--parts", folder / "mine.py")
    assert code == 0, err
    assert "gaze@gazed" in out and "small/boxed" in err
    return folder


COMMANDS = {
    "predict": lambda folder, out: ["predict", folder / "run", folder / "data/images/a.jpg", "--out", out],
    "evaluate": lambda folder, out: ["evaluate", folder / "run", "--json"],
    "export": lambda folder, out: ["export", folder / "run", "--out", out],
    "report": lambda folder, out: ["report", folder / "run", "evaluation.pictures=0"],
    "relatedness": lambda folder, out: ["relatedness", folder / "run", folder / "run", "--images", "3"],
    "resume": lambda folder, out: ["train", "--resume", "--run", folder / "run"],
}


@pytest.fixture
def no_export(monkeypatch):
    """Nothing is written and verified: `export` is only taken as far as it gets a network."""
    monkeypatch.setattr("xdomain_keras.export.export_saved_model", lambda *given: {"gaze_map": 0.0})


def test_the_run_keeps_name_and_hash_of_the_file_and_no_copy(made):
    facts = json.loads((made / "run/facts.json").read_text())
    assert facts["parts"] == [{"file": "mine.py", "sha256": DIGEST}] and facts["baselines"]["gaze"]["name"]
    assert not list((made / "run").rglob("*.py"))


@pytest.mark.parametrize("command", COMMANDS)
def test_it_cannot_be_used_without_the_file(command, made, tmp_path, no_export):
    before = {path: path.stat().st_mtime_ns for path in made.rglob("*")}
    code, out, err = call(*COMMANDS[command](made, tmp_path / "out"))
    assert (code, out) == (2, "") and err == (
        f"error: {made / 'run'}: was made with --parts mine.py (sha256 {DIGEST}); give that file again, as --parts "
        "mine.py.\n"
    )
    assert not (tmp_path / "out").exists() and {path: path.stat().st_mtime_ns for path in made.rglob("*")} == before


@pytest.mark.parametrize("command", COMMANDS)
def test_it_is_used_with_the_file_wherever_that_lies(command, made, tmp_path, no_export):
    file = shutil.copy(made / "mine.py", tmp_path)
    code, out, err = call(*COMMANDS[command](made, tmp_path / "out"), "--parts", file)
    assert code == 0 and all(line.startswith("note: ") and "baseline" in line for line in err.splitlines()), err
    assert out


def test_a_file_that_has_changed_is_said_and_used(made, tmp_path):
    (tmp_path / "mine.py").write_text(TEXT + "\n# another line\n", encoding="utf-8")
    changed = hashlib.sha256((TEXT + "\n# another line\n").encode()).hexdigest()
    code, _, err = call(*COMMANDS["predict"](made, tmp_path / "out"), "--parts", tmp_path / "mine.py")
    assert code == 0 and err == (
        f"note: mine.py is not as it was when {made / 'run'} was made (sha256 {DIGEST[:16]}…, now {changed[:16]}…)\n"
    )
    assert json.loads((made / "run/facts.json").read_text())["parts"] == [{"file": "mine.py", "sha256": DIGEST}]


@pytest.mark.parametrize("command", ["check", "train"])
def test_a_config_cannot_be_read_without_the_parts_that_it_names(command, made, tmp_path):
    run = ["--run", tmp_path / "run"] if command == "train" else []
    code, _, err = call(command, made / "data/config.yaml", *run)
    assert code == 2 and err.startswith("error: tasks.gaze: unknown type `gaze`; known are depth, detection, edges")
    assert not (tmp_path / "run").exists()


def test_other_commands_on_a_config_take_the_file_too(made):
    for command in (["check"], ["profile", "--seconds", "0"]):
        code, out, err = call(command[0], made / "data/config.yaml", *command[1:], "--parts", made / "mine.py")
        assert (code, err) == (0, "") and out
