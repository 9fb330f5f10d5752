import json
import types

import numpy as np
import pytest

from xdomain_keras import LabelMatrix
from xdomain_keras.data import LabelAvailability
from xdomain_keras.experiments.run_folder import RunFolder
from xdomain_keras.reporting.report import curve_panels, html_table, write_report

METRICS = {"detection": "AP50", "saliency": "NSS"}
TASKS = {name: types.SimpleNamespace(main_metric=metric) for name, metric in METRICS.items()}
LINE = {
    "stage": "joint",
    "stage_index": 0,
    "epoch": 1,
    "loss": 2.0,
    "supervised/detection@room": 1.5,
    "mmd/room~street": 0.1,
    "labels/detection@room": 4.0,
    "val/detection@room/AP50": 0.5,
    "val/detection@room/AR_100": 0.7,
    "val/saliency@street/NSS": 1.0,
    "val/score": 0.4,
    "seconds": 3.0,
}


@pytest.fixture
def run(tmp_path):
    run = RunFolder(tmp_path)
    run.config_file.write_text("name: <small>\n")
    run.write_json(run.environment_file, {"backend": "a & b"})
    run.log_file.write_text(json.dumps(LINE) + "\n")
    return run


@pytest.fixture
def experiment():
    config = types.SimpleNamespace(name="<small>", description="boxes & gaze")
    matrix = LabelMatrix({"room": ["detection"], "street": ["saliency"]})
    table = LabelAvailability(["detection"], {"a": ["detection"], "b": []})
    hidden = {"room": table}
    return types.SimpleNamespace(config=config, matrix=matrix, tasks=TASKS, hidden_labels=lambda: hidden)


def picture(name):
    image = np.zeros((4, 4, 3), np.uint8)
    return {"id": name, "image": image, "tasks": {"detection": {"label": None, "prediction": image}}}


def test_panels_hold_losses_and_the_metrics_of_each_cell():
    assert curve_panels([LINE], TASKS) == [
        ("loss", ["loss"]),
        ("terms", ["supervised/detection@room", "mmd/room~street"]),
        ("validation", ["val/detection@room/AP50", "val/saliency@street/NSS"]),
    ]


def test_a_metric_that_comes_later_has_a_panel():
    first = {key: value for key, value in LINE.items() if not key.startswith("val/")}
    assert curve_panels([first, LINE], TASKS) == curve_panels([LINE], TASKS)


def test_the_report_holds_everything_escaped(run, experiment):
    metrics = {"test": {"detection@room": {"AP50": 0.25, "AP": None}}}
    pictures = {"test": {"room": [picture("<one>"), picture("two")], "street": []}}
    write_report(run, experiment, metrics, pictures, {"Joint & single": (["model", "AP"], [["<joint>", 0.5]])})
    page = run.report_file.read_text(encoding="utf-8")
    for text in (
        "<h1>&lt;small&gt;</h1>",
        "boxes &amp; gaze",
        "Joint &amp; single",
        "<td>&lt;joint&gt;</td><td>0.500</td>",
        "<th>detection@room</th><th>AP50</th><th>AP</th>",
        "<td>0.250</td><td>-</td>",
        "<h2>room, test</h2><p>image | detection: label, prediction</p>",
        "<figcaption>&lt;one&gt;</figcaption>",
        "a &amp; b",
        "name: &lt;small&gt;",
        f"<td>room</td><td>detection</td><td>1</td><td>2</td><td>{experiment.hidden_labels()['room'].digest}</td>",
        str(experiment.matrix).splitlines()[-1],
    ):
        assert text in page, text
    assert page.count("<img src=") == 3 + 2  # three panels of curves, two pictures
    assert "://" not in page and "<h2>street, test</h2>" not in page and page.startswith("<!doctype html>")
    assert not list(run.path.glob("*.partial"))


def test_without_a_log_there_are_no_curves(run, experiment):
    run.log_file.unlink()
    write_report(run, experiment, {}, {}, {})
    page = run.report_file.read_text(encoding="utf-8")
    assert "Curves" not in page and "<img" not in page and "Environment" in page


def test_cells_and_headers_are_escaped():
    assert html_table(["a<b"], [["x&y"]]) == "<table><tr><th>a&lt;b</th></tr><tr><td>x&amp;y</td></tr></table>"
