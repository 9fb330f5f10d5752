"""The whole story through the command line: train, evaluate, predict, export, check, report, relatedness."""

import json
import shutil

import cv2
import numpy as np
import pytest

from tests.integration.experiment import SIZE, call
from xdomain_keras.config import load_config
from xdomain_keras.experiments.run_folder import RunFolder

BASELINES = {"detection": "no box", "saliency": "centre prior"}
CELLS = {"detection@boxed", "saliency@gazed"}
FILES = "config.yaml environment.json facts.json log.jsonl metrics.json checkpoint.npz report.html"
WEIGHTS = "best.weights.h5 last.weights.h5"


@pytest.fixture
def copied(trained, tmp_path):
    """A copy of the run that a test may change."""
    return shutil.copytree(trained.run, tmp_path / "copied")


def test_train_leaves_a_whole_run(trained):
    assert trained.code == 0, trained.err
    assert {path.name for path in trained.run.iterdir()} == {*FILES.split(), *WEIGHTS.split()}
    run = RunFolder(trained.run)
    (line,) = run.log()
    assert (line["stage"], line["stage_index"], line["epoch"]) == ("train", 0, 1)
    assert np.isfinite([line["loss"], line["supervised/detection@boxed"], line["supervised/saliency@gazed"]]).all()
    assert line["labels/detection@boxed"] == line["labels/saliency@gazed"] == 4 and line["val/saliency@gazed/CC"] <= 1
    metrics = run.metrics()
    assert list(metrics) == ["validation", "validation, baseline", "test", "test, baseline"]
    assert set(metrics["test"]) == set(metrics["test, baseline"]) == CELLS
    assert {name: own["name"] for name, own in run.facts().baselines.items()} == BASELINES
    assert load_config(run.config_file) == load_config(trained.config)
    assert json.loads(run.environment_file.read_text())["backend"]


def expected_notes(metrics):
    """What a training must say of the cells whose main score is not above that of their baseline."""
    notes = []
    for split in ("validation", "test"):
        for cell, main in (("detection@boxed", "AP50"), ("saliency@gazed", "CC")):
            own, other = (metrics[name][cell][main] for name in (split, f"{split}, baseline"))
            if own <= other:
                relation = "below" if own < other else "only equal to"
                notes.append(
                    f"note: {split}: {cell}: {main} {own:.3f} is {relation} that of the baseline, {other:.3f} "
                    f"({BASELINES[cell.partition('@')[0]]}): the network adds nothing here."
                )
    return notes


def test_train_shows_an_epoch_a_line_and_the_metrics(trained):
    line, *notes = trained.err.splitlines()
    assert line.startswith("train 1/1 · loss ") and "detection@boxed 4, saliency@gazed 4" in line
    assert "validation" in line and line.endswith(" s")
    assert "test: detection@boxed" in trained.out and "AP50" in trained.out and "AUC-Judd" in trained.out
    assert notes == expected_notes(RunFolder(trained.run).metrics())
    assert trained.out.splitlines()[-1] == f"report: {trained.run / 'report.html'}"


def test_the_report_opens_offline(trained):
    page = (trained.run / "report.html").read_text(encoding="utf-8")
    assert "://" not in page and page.count("data:image/png;base64,") >= 4
    for text in (
        "Label matrix",
        "Beside what has not seen the images",
        "centre prior",
        "Curves",
        "boxed, test",
        "aspect_ratios",
        "detection@boxed",
    ):
        assert text in page


def test_evaluate_says_what_train_measured(trained):
    code, out, err = call("evaluate", trained.run, "--json")
    assert code == 0 and all(line.startswith("note: ") for line in err.splitlines())
    stored, measured = RunFolder(trained.run).metrics()["test"], json.loads(out)
    assert set(measured) == CELLS
    for cell in CELLS:
        for name, value in stored[cell].items():
            assert measured[cell][name] == (value if value is None else pytest.approx(value, abs=1e-4)), (cell, name)


def test_evaluate_prints_a_table_of_another_split_with_other_settings(trained):
    code, out, _ = call("evaluate", trained.run, "domains.boxed.evaluate=[]", "--split", "validation")
    assert code == 0 and out.startswith("validation: saliency@gazed") and "detection@" not in out


def test_an_unknown_split_is_a_config_error(trained):
    code, out, err = call("evaluate", trained.run, "--split", "tset")
    assert (code, out) == (2, "")
    assert err == "error: unknown split `tset`; did you mean `test`?\n"


def test_predict_paints_every_task(trained, tmp_path):
    images, out = trained.folder / "data" / "images", tmp_path / "out"
    code, printed, err = call("predict", trained.run, images / "a.jpg", images / "b.jpg", "--out", out)
    assert (code, err) == (0, "") and len(printed.splitlines()) == 2
    names = {f"{stem}{end}" for stem in "ab" for end in ("_detection.png", "_saliency.png", ".json")}
    assert {path.name for path in out.iterdir()} == names
    assert cv2.imread(str(out / "a_saliency.png")).shape == (SIZE, SIZE, 3)
    boxes = json.loads((out / "a.json").read_text())["detection"]
    assert len(boxes["boxes_xyxy"]) == len(boxes["scores"]) == len(boxes["classes"]) > 0
    assert 0 <= np.min(boxes["boxes_xyxy"]) and np.max(boxes["boxes_xyxy"]) <= SIZE and max(boxes["classes"]) < 2


def test_predict_reads_all_images_before_it_writes(trained, tmp_path):
    images = trained.folder / "data" / "images"
    (tmp_path / "no.jpg").write_bytes(b"no image")
    code, _, err = call("predict", trained.run, images / "a.jpg", tmp_path / "no.jpg", "--out", tmp_path / "out")
    assert code == 3 and len(err.splitlines()) == 1 and "no.jpg" in err
    assert not (tmp_path / "out").exists()


def test_export_gives_tensorflow_alone_what_the_network_gives(trained, tmp_path):
    """From every backend; the verifier's process asserts that nothing of this package is imported there."""
    tensorflow = pytest.importorskip("tensorflow")
    code, out, err = call("export", trained.run, "--out", tmp_path / "model")
    assert (code, err) == (0, "") and out.startswith(f"{tmp_path / 'model'}: verified; largest difference ")
    manifest = json.loads((tmp_path / "model" / "manifest.json").read_text())
    fields = {"detection_boxes_xyxy", "detection_scores", "detection_classes", "saliency_map"}
    assert manifest["name"] == "small" and manifest["class_names"] == {"detection": ["blue", "green"]}
    assert set(manifest["outputs"]) == set(manifest["largest_difference"]) == fields
    assert max(manifest["largest_difference"].values()) <= 1e-4
    model = tensorflow.saved_model.load(str(tmp_path / "model"))  # held: its functions do not hold its variables
    served = model.serve(np.zeros((2, SIZE, SIZE, 3), np.float32))
    assert {key: [len(value), *value.shape[1:]] for key, value in served.items()} == {
        key: [2, *shape[1:]] for key, shape in manifest["outputs"].items()
    }
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_export_writes_the_heads_that_are_asked_for(trained, tmp_path, monkeypatch):
    given = []

    def export(predictor, path, description):
        given.append((set(predictor.output), path, description["name"]))
        return {"saliency_map": 2e-7}

    monkeypatch.setattr("xdomain_keras.export.export_saved_model", export)
    code, out, err = call("export", trained.run, "--heads", "saliency", "--out", tmp_path / "model")
    assert (code, err) == (
        0,
        "",
    ) and out == f"{tmp_path / 'model'}: verified; largest difference saliency_map 2.0e-07\n"
    assert given == [({"saliency_map"}, tmp_path / "model", "small")]


def test_an_unknown_head_is_a_config_error(trained, tmp_path):
    code, _, err = call("export", trained.run, "--heads", "salience", "--out", tmp_path / "model")
    assert (code, err) == (2, "error: --heads: unknown task `salience`; did you mean `saliency`?\n")
    assert not (tmp_path / "model").exists()


def test_check_counts_what_there_is(trained):
    code, out, err = call("check", trained.config)
    assert (code, err) == (0, "")
    assert "boxed/train: 4 images, boxes\n" in out and "gazed/test: 4 images, fixations\n" in out
    assert call("check", trained.config, "--json")[1] == "[]\n"


def test_report_is_written_anew(copied):
    page = copied / "report.html"
    page.unlink()
    before = RunFolder(copied).metrics()
    code, out, err = call("report", copied, "evaluation.pictures=0")
    assert (code, out) == (0, f"{page}\n") and err.splitlines() == expected_notes(RunFolder(copied).metrics())
    assert "boxed, test" not in page.read_text(encoding="utf-8") and "Curves" in page.read_text(encoding="utf-8")
    cc = [metrics["test"]["saliency@gazed"]["CC"] for metrics in (before, RunFolder(copied).metrics())]
    assert cc[0] == pytest.approx(cc[1], abs=1e-4)


def test_a_run_is_wholly_related_to_itself(trained):
    code, out, err = call("relatedness", trained.run, trained.run, "--domain", "gazed", "--images", "3", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out) == {"relatedness": pytest.approx(1), "images": 3, "domain": "gazed", "split": "test"}


def test_profile_counts_the_network(trained):
    code, out, err = call("profile", trained.config, "--seconds", "0", "--json")
    assert (code, err) == (0, "")
    figures = json.loads(out)
    assert set(figures) == {"parameters", "macs", "parts"} and figures["parameters"] == 64_809


def test_a_finished_run_is_resumed_to_the_same_end(copied):
    """Nothing is left to train: weights, log and metrics stay, the report is written again."""
    run = RunFolder(copied)
    before, log = run.metrics(), run.log()
    run.report_file.unlink()
    code, _, err = call("train", "--resume", "--run", copied)
    assert code == 0 and run.report_file.exists() and run.log() == log
    assert err.splitlines() == expected_notes(run.metrics())
    new, old = (metrics["test"]["saliency@gazed"]["CC"] for metrics in (run.metrics(), before))
    assert new == pytest.approx(old, abs=1e-4)


def test_damaged_weights_are_one_line(copied):
    (copied / "best.weights.h5").write_bytes(b"damaged")
    code, _, err = call("evaluate", copied)
    assert code == 3 and len(err.splitlines()) == 1 and "best.weights.h5: does not fit" in err


def test_ctrl_c_is_no_traceback(trained, tmp_path, monkeypatch):
    def interrupt(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("xdomain_keras.experiments.train.prepare", interrupt)
    assert call("train", trained.config, "--run", tmp_path / "run") == (130, "", "interrupted\n")
    assert not (tmp_path / "run").exists()
