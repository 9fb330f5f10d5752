import numpy as np
import pytest

from xdomain_keras.reporting.tables import class_tables, format_cell, metrics_table, plain_table


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (float("nan"), "-"),
        (np.float64("nan"), "-"),
        (0.12345, "0.123"),
        (-0.0004, "-0.000"),
        (999.5, "999.500"),
        (13445.2, "13,445"),
        (51_170_000, "51,170,000"),
        (0, "0"),
        ("joint", "joint"),
    ],
)
def test_a_value_reads_well(value, text):
    assert format_cell(value) == text


def test_columns_line_up():
    lines = plain_table(["model", "AP50", "MACs"], [["joint", 0.5, 13_000], ["both in turn", None, 7]]).splitlines()
    assert lines == [
        "model          AP50    MACs",
        "joint         0.500  13,000",
        "both in turn      -       7",
    ]


def test_a_table_without_rows_is_its_header():
    assert plain_table(["model", "AP"], []) == "model  AP"


def test_each_cell_of_the_matrix_is_a_table():
    results = {"detection@room": {"AP": 0.25, "AP_small": None}, "saliency@street": {"NSS": 1.5}}
    lines = metrics_table("test", results).splitlines()
    assert [line.split() for line in lines] == [
        ["test:", "detection@room", "AP", "AP_small"],
        ["0.250", "-"],
        ["test:", "saliency@street", "NSS"],
        ["1.500"],
    ]


def test_a_baseline_is_a_row_below_its_cell():
    results = {"detection@room": {"AP": 0.25}, "saliency@street": {"CC": 0.5, "NSS": 1.5}}
    baselines = {"saliency@street": {"CC": 0.25, "NSS": None}}
    lines = metrics_table("test", results, baselines).splitlines()
    assert [line.split() for line in lines] == [
        ["test:", "detection@room", "AP"],
        ["0.250"],
        ["test:", "saliency@street", "CC", "NSS"],
        ["0.500", "1.500"],
        ["baseline", "0.250", "-"],
    ]


def test_of_many_metrics_the_first_are_shown_and_the_others_counted():
    lines = metrics_table("test", {"segmentation@room": {f"m{k}": k / 10 for k in range(15)}}).splitlines()
    assert lines[0].split()[2:] == [f"m{k}" for k in range(12)]
    assert lines[1].endswith("1.100  … and 3 more")
    assert "more" not in metrics_table("test", {"detection@room": {f"m{k}": 0.5 for k in range(12)}})


def test_what_training_does_not_know_is_unknown_though_a_test_split_does():
    cell = {"values": {"cat": ["cat"], "dog": ["dog"]}, "counts": {"cat": 3, "dog": 0}}
    annotates = {"train": ["cat"], "test": ["cat", "dog"]}
    _, rows = class_tables({"detection": {"zoo": {**cell, "annotates": annotates}}})["detection"]
    assert rows == [["cat", "3"], ["dog", "unknown"]]
    measured = {**cell, "counts": {}, "annotates": {"test": ["cat"]}}
    assert class_tables({"detection": {"zoo": measured}})["detection"][1] == [["cat", "measured"], ["dog", "unknown"]]
