"""A run is whole: what needs no data is done without them, and what does says which are missing."""

import json
import shutil

import pytest

from tests.integration.experiment import SIZE, call
from xdomain_keras.experiments.run_folder import RunFolder

pytestmark = pytest.mark.backend_free


@pytest.fixture
def moved(trained, tmp_path):
    """A copy of the trained run and of one image, while images and annotations are renamed away."""
    shutil.copytree(trained.run, tmp_path / "run")
    shutil.copy(trained.images / "a.jpg", tmp_path)
    data = trained.folder / "data"
    data.rename(trained.folder / "renamed")
    yield tmp_path
    (trained.folder / "renamed").rename(data)


@pytest.fixture
def no_source(monkeypatch):
    """Whoever opens a source fails."""
    monkeypatch.setattr(
        "xdomain_keras.experiments.data.build_source", lambda *_: pytest.fail("a source of the run was opened")
    )


def test_images_are_predicted(moved, tmp_path, no_source):
    code, _, err = call("predict", moved / "run", moved / "a.jpg", "--out", tmp_path / "out")
    assert (code, err) == (0, "")
    assert set(json.loads((tmp_path / "out" / "a.json").read_text())) == {"detection"}


def test_the_network_is_exported(moved, tmp_path, no_source, monkeypatch):
    given = []
    monkeypatch.setattr(
        "xdomain_keras.export.export_saved_model",
        lambda predictor, path, description: given.append((predictor.input.shape[1:], description)) or {"a": 0.0},
    )
    code, _, err = call("export", moved / "run", "--out", tmp_path / "model")
    assert (code, err) == (0, "")
    assert given == [((SIZE, SIZE, 3), {"name": "small", "class_names": {"detection": ["blue", "green"]}})]


@pytest.mark.parametrize("command", [["evaluate"], ["report"], ["relatedness", "RUN"]], ids=lambda words: words[0])
def test_what_measures_names_the_data_that_it_misses(command, moved):
    before = {path: path.read_bytes() for path in (moved / "run").iterdir()}
    name, *more = command
    code, out, err = call(name, moved / "run", *(moved / "run" for _ in more))
    assert (code, out) == (3, "")
    assert err.endswith("data/images: cannot be listed (No such file or directory); expected a folder.\n"), err
    assert len(err.splitlines()) == 1
    assert {path: path.read_bytes() for path in (moved / "run").iterdir()} == before


def test_what_measures_needs_its_own_split_alone(trained, tmp_path):
    """Not the training images, although classes and baselines came from them."""
    splits = [f"domains.{domain}.splits.train=null" for domain in ("boxed", "gazed")]
    code, out, _ = call("evaluate", trained.run, *splits)
    assert code == 0 and "baseline" in out and "test: detection@boxed" in out
    shutil.copytree(trained.run, tmp_path / "run")
    before = RunFolder(tmp_path / "run").metrics()
    code, _, err = call("report", tmp_path / "run", *splits)
    assert code == 0, err
    after = RunFolder(tmp_path / "run").metrics()
    assert after.keys() == before.keys() and after["test, baseline"] == before["test, baseline"]


USERS = {
    "predict": lambda run: ["predict", run, run / "report.html"],
    "evaluate": lambda run: ["evaluate", run],
    "export": lambda run: ["export", run],
    "report": lambda run: ["report", run],
    "relatedness": lambda run: ["relatedness", run, run],
    "resume": lambda run: ["train", "--resume", "--run", run],
}


@pytest.mark.parametrize("command", USERS)
@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (None, 2, "{run}: has no facts.json, which an older version did not write; train it anew with this one.\n"),
        (b"{", 3, "{run}/facts.json: is damaged (Expecting property name enclosed in double quotes: line 1 column 2 "
                  "(char 1)); restore it, or train the run anew.\n"),
    ],
    ids=["older version", "damaged"],
)  # fmt: skip
def test_facts_that_are_missing_or_damaged_are_one_line(command, content, code, said, trained, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = RunFolder(shutil.copytree(trained.run, tmp_path / "run"))
    run.facts_file.unlink()
    if content is not None:
        run.facts_file.write_bytes(content)
    before = set(tmp_path.rglob("*"))
    assert call(*USERS[command](run.path)) == (code, "", "error: " + said.replace("{run}", str(run.path)))
    assert set(tmp_path.rglob("*")) == before
