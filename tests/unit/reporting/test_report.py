import numpy as np
import pytest

from xdomain_keras import LabelMatrix
from xdomain_keras.reporting.report import Report, curve_panels, html_table, write_report

VALIDATED = ["val/detection@room/AP50", "val/saliency@street/NSS"]
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
def path(tmp_path):
    return tmp_path / "report.html"


def write(path, **values):
    """The page of a report of one epoch with some values, others than those left out by name."""
    plain = {
        "title": "<small>",
        "description": "boxes & gaze",
        "label_matrix": str(LabelMatrix({"room": ["detection"], "street": ["saliency"]})),
        "log": [LINE],
        "validated": VALIDATED,
        "environment": {"backend": "a & b"},
        "config": "name: <small>\n",
    }
    write_report(path, Report(**{**plain, **values}))
    return path.read_text(encoding="utf-8")


def picture(name):
    image = np.zeros((4, 4, 3), np.uint8)
    return {"id": name, "image": image, "tasks": {"detection": {"label": None, "prediction": image}}}


def test_panels_hold_losses_and_the_metrics_of_each_cell():
    assert curve_panels([LINE], VALIDATED) == [
        ("loss", ["loss"]),
        ("terms", ["supervised/detection@room", "mmd/room~street"]),
        ("validation", ["val/detection@room/AP50", "val/saliency@street/NSS"]),
    ]
    assert [title for title, _ in curve_panels([LINE], [])] == ["loss", "terms"]


def test_a_metric_that_comes_later_has_a_panel():
    first = {key: value for key, value in LINE.items() if not key.startswith("val/")}
    assert curve_panels([first, LINE], VALIDATED) == curve_panels([LINE], VALIDATED)


def test_the_report_holds_everything_escaped(path):
    page = write(
        path,
        metrics={"test": {"detection@room": {"AP50": 0.25, "AP": None}}},
        pictures={"test": {"room": [picture("<one>"), picture("two")], "street": []}},
        tables={
            "Training labels": (["domain", "task", "digest"], [["room", "detection", "0f1e"]]),
            "Joint & single": (["model", "AP"], [["<joint>", 0.5]]),
        },
        notes=["detection@room: AP50 0.250 is < that of the baseline."],
        panels={"c5 before": {"room": np.zeros((3, 2)), "street": np.ones((3, 2))}},
    )
    for text in (
        "<h1>&lt;small&gt;</h1>",
        "<title>&lt;small&gt;</title>",
        "boxes &amp; gaze",
        "<p class=note>detection@room: AP50 0.250 is &lt; that of the baseline.</p>",
        "Joint &amp; single",
        "<td>&lt;joint&gt;</td><td>0.500</td>",
        "<th>detection@room</th><th>AP50</th><th>AP</th>",
        "<td>0.250</td><td>-</td>",
        "<h2>Features of the domains</h2>",
        "<h2>room, test</h2><p>image | detection: label, prediction</p>",
        "<figcaption>&lt;one&gt;</figcaption>",
        "a &amp; b",
        "name: &lt;small&gt;",
        "<td>room</td><td>detection</td><td>0f1e</td>",
        "street  -          x",
    ):
        assert text in page, text
    assert page.count("<img src=") == 3 + 1 + 2  # three panels of curves, one of points, two pictures
    assert "://" not in page and "<h2>street, test</h2>" not in page and page.startswith("<!doctype html>")
    assert [each.name for each in path.parent.iterdir()] == ["report.html"]


def test_without_a_log_there_are_no_curves(path):
    page = write(path, log=[])
    assert "Curves" not in page and "<img" not in page and "Environment" in page
    assert "class=note" not in page and "Features of the domains" not in page


def test_cells_and_headers_are_escaped():
    assert html_table(["a<b"], [["x&y"]]) == "<table><tr><th>a&lt;b</th></tr><tr><td>x&amp;y</td></tr></table>"


def test_classes_are_painted_and_many_are_a_table(path):
    few, many = [["cat", "3"]], [[f"class {row}", "3"] for row in range(101)]
    assert "class 7" not in write(path, classes={"detection": (["detection", "zoo"], few)})
    assert "<td>class 7</td>" in write(path, classes={"detection": (["detection", "zoo"], many)})
