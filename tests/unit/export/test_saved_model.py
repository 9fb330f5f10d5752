"""The parts of an export; the whole of it, on every backend, is in `tests/integration/test_command_line.py`."""

import json
import os
import sys

import keras
import numpy as np
import pytest

from xdomain_keras.errors import ConfigError
from xdomain_keras.evaluation.predictor import build_predictor
from xdomain_keras.export import export_saved_model, saved_model
from xdomain_keras.export.saved_model import run_python, verify


@pytest.fixture(scope="module")
def predictor(network, tasks):
    return build_predictor(network, tasks)


@pytest.fixture
def quick(monkeypatch):
    """Writes a text in place of a model, and takes it for verified."""
    monkeypatch.setattr(saved_model, "verify", lambda predictor, path, folder: {"saliency_map": 1e-7})

    def write(predictor, path, folder):
        path.mkdir()
        (path / "saved_model.pb").write_text("new")

    monkeypatch.setattr(saved_model, "write", write)


@pytest.fixture
def plain(monkeypatch):
    """A network of one layer, and a callable that sets what the process with TensorFlow answers."""
    images = keras.Input((4, 4, 3))
    predictor = keras.Model(images, {"map": keras.layers.Rescaling(1 / 255)(images)})

    def answer(change):
        def run(arguments, backend=None):
            images = np.load(arguments[3])["images"]
            np.savez(arguments[4], map=change(images / 255))

        monkeypatch.setattr(saved_model, "run_python", run)
        return predictor

    return answer


def test_the_manifest_says_what_goes_in_and_out(predictor, tmp_path, quick):
    (tmp_path / "model").mkdir()  # an empty folder is no harm
    assert export_saved_model(predictor, tmp_path / "model", {"name": "small"}) == {"saliency_map": 1e-7}
    assert json.loads((tmp_path / "model" / "manifest.json").read_text()) == {
        "input": ["batch", 32, 32, 3],
        "outputs": {
            "detection_boxes_xyxy": ["batch", 100, 4],
            "detection_scores": ["batch", 100],
            "detection_classes": ["batch", 100],
            "saliency_map": ["batch", 4, 4, 1],
        },
        "largest_difference": {"saliency_map": 1e-7},
        "name": "small",
    }
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_without_tensorflow_nothing_is_written(predictor, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(ConfigError, match=r"a SavedModel needs tensorflow.*; pip install 'xdomain-keras\[tensorflow"):
        export_saved_model(predictor, tmp_path / "model")
    assert not list(tmp_path.iterdir())


def test_another_export_is_replaced(predictor, tmp_path, quick):
    old = tmp_path / "a" / "model"
    for _ in range(2):
        export_saved_model(predictor, old)
        assert (old / "saved_model.pb").read_text() == "new" and not (old / "older").exists()
        (old / "saved_model.pb").write_text("old")
        (old / "older").write_text("old")


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_what_is_no_export_is_never_replaced(kind, predictor, tmp_path, quick):
    path = tmp_path / "precious"
    file = path if kind == "file" else path / "thesis.txt"
    file.parent.mkdir(exist_ok=True)
    file.write_text("words")
    with pytest.raises(ConfigError, match="precious: holds something else than a SavedModel"):
        export_saved_model(predictor, path)
    assert file.read_text() == "words"


def test_a_failure_leaves_the_old_export_whole(predictor, tmp_path, quick, monkeypatch):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "saved_model.pb").write_text("old")

    def fail(*args):
        raise ConfigError("no")

    monkeypatch.setattr(saved_model, "verify", fail)
    with pytest.raises(ConfigError, match="no"):
        export_saved_model(predictor, tmp_path / "model")
    assert (tmp_path / "model" / "saved_model.pb").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_differences_are_measured(plain, tmp_path):
    def shift(values):
        values[0, 0, 0] += 0.25
        return values

    assert verify(plain(lambda values: values + 1e-5), tmp_path, tmp_path) == {"map": pytest.approx(1e-5, rel=0.1)}
    # Few values may differ, as where two detections change places.
    assert verify(plain(shift), tmp_path, tmp_path) == {"map": pytest.approx(0.25, rel=1e-3)}


@pytest.mark.parametrize("change", [lambda values: values + 0.01, lambda values: values * np.nan])
def test_a_model_that_does_not_agree_is_an_error(change, plain, tmp_path):
    with pytest.raises(ConfigError, match="`map` of the exported model differs by up to (1.0e-02|nan)"):
        verify(plain(change), tmp_path, tmp_path)


def test_the_last_line_of_a_failed_process_is_told():
    with pytest.raises(ConfigError, match="failed: ModuleNotFoundError: No module named 'nonesuch'; SavedModel needs"):
        run_python(["-c", "import nonesuch"])
    with pytest.raises(ConfigError, match="failed: no message"):
        run_python(["-c", "raise SystemExit(3)"])


def test_the_backend_of_the_process_can_be_chosen(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    program = ["-c", "import os; print(os.environ['KERAS_BACKEND'])"]
    assert run_python(program) == "torch\n" and run_python(program, "tensorflow") == "tensorflow\n"
    assert os.environ["KERAS_BACKEND"] == "torch" and sys.executable
