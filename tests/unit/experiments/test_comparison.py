import json

import pytest

from tests.unit.experiments.small import PARTS, make_config
from xdomain_keras.config import save_config
from xdomain_keras.errors import ConfigError, XDomainError
from xdomain_keras.experiments import comparison
from xdomain_keras.experiments.comparison import (
    comparison_rows,
    folder_name,
    read_comparison,
    read_figures,
    run_comparison,
    single_values,
)

TABLE = """
title: Two batches
config: small.yaml
overrides: [stages.0.epochs=1]
figures: [detection@road/AP50]
rows:
  plain: []
  "larger, slower": [domains.road.batch_size=4]
  other config: {config: other.yaml, overrides: [seed=9]}
"""


@pytest.fixture
def folder(tmp_path):
    save_config(make_config(), tmp_path / "small.yaml")
    save_config(make_config({"image_size": [64, 64]}), tmp_path / "other.yaml")
    (tmp_path / "table.yaml").write_text(TABLE)
    return tmp_path


def test_every_row_has_every_seed(folder):
    table, trainings = read_comparison(folder / "table.yaml", 2, folder / "runs")
    assert table.split == "test" and len(trainings) == 6
    assert [(own.row, own.seed) for own in trainings[:3]] == [("plain", 0), ("larger, slower", 0), ("other config", 0)]
    second = trainings[4]
    assert second.config.seed == 1 and second.config.domains["road"].batch_size == 4
    assert second.config.stages[0].epochs == 1 and second.run.path == folder / "runs/larger_slower/seed_1"
    assert trainings[2].config.image_size == (64, 64) and trainings[2].config.seed == 0  # the table's seed goes last


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("rows:", "rowz:"), "unknown key `rowz`|`rows` is missing"),
        (("config: small.yaml\n", ""), "row `plain` has no config"),
        (("plain: []", "plain: 3"), "`rows.plain` is 3; expected a list of overrides, or `config` and `overrides`"),
        (("plain: []", "plain: [seed: 1]"), "`rows.plain` is .*; expected a list of overrides"),
        (("plain: []", "plain: {override: []}"), "unknown key `rows.plain.override`; did you mean `overrides`"),
        (("larger, slower", "plain."), "two rows have the folder"),
        (("title:", "split: tset\ntitle:"), "unknown split `tset`; did you mean `test`"),
        (("small.yaml", "smal.yaml"), "smal.yaml"),
        (("batch_size=4", "batch_sizes=4"), "row `larger, slower`.*unknown key `domains.road.batch_sizes`"),
    ],
)
def test_a_table_that_cannot_be_is_refused(folder, change, message):
    text = TABLE.replace(*change)
    assert text != TABLE
    (folder / "table.yaml").write_text(text.replace("plain.", "plain!"))
    with pytest.raises(ConfigError, match=message):
        read_comparison(folder / "table.yaml", 1, folder / "runs")
    assert not (folder / "runs").exists()


def test_a_run_of_another_config_is_left_alone(folder):
    run = read_comparison(folder / "table.yaml", 1, folder / "runs")[1][0].run
    run.path.mkdir(parents=True)
    save_config(make_config({"seed": 5}), run.config_file)
    with pytest.raises(ConfigError, match="is a run of another config; choose another --run"):
        read_comparison(folder / "table.yaml", 1, folder / "runs")


def finish(training, figure):
    """Leave what a finished run leaves of figures."""
    training.run.path.mkdir(parents=True, exist_ok=True)
    metrics = {"detection@road": {"AP50": figure, "AP": 0.1}, "saliency@attic": {"CC": 0.5}}
    training.run.metrics_file.write_text(json.dumps({"test": metrics}))


def test_what_is_finished_is_not_trained_again_and_what_fails_is_told_last(folder, monkeypatch):
    _, trainings = read_comparison(folder / "table.yaml", 1, folder / "runs")
    finish(trainings[0], 0.3)
    trained, told = [], []

    def train(training, parts_files, jobs):
        trained.append((training.row, parts_files, jobs))
        return "error: no room" if training.row == "other config" else ""

    monkeypatch.setattr(comparison, "train_apart", train)
    with pytest.raises(XDomainError, match="1 of 2 runs failed; other config, seed 0: error: no room"):
        run_comparison(trainings, ["mine.py"], 2, told.append)
    assert sorted(trained) == [("larger, slower", ["mine.py"], 2), ("other config", ["mine.py"], 2)]
    assert told == ["1 of 2: larger, slower, seed 0: finished", "2 of 2: other config, seed 0: error: no room"]


def test_figures_are_those_of_the_runs_and_the_first_row_is_the_measure(folder):
    table, trainings = read_comparison(folder / "table.yaml", 3, folder / "runs")
    for training in trainings:
        finish(training, 0.1 * training.seed + {"plain": 0.2, "larger, slower": 0.4}.get(training.row, 0.2))
    figures, lower = read_figures(table, trainings, PARTS)
    assert figures["plain"] == {"detection@road/AP50": pytest.approx([0.2, 0.3, 0.4])} and lower == set()
    header, rows = comparison_rows(figures, lower)
    assert rows[0] == ["plain", "detection@road/AP50", 3, "0.300 ± 0.100", "", "", ""]
    assert rows[1][4:] == ["+0.200", pytest.approx(float("inf")), "better"] or rows[1][6] == "better"
    assert rows[2][6] == "undecided" and len(single_values(figures)) == 9
    table.figures = ["detection@road/AP5"]
    with pytest.raises(ConfigError, match="unknown figure `detection@road/AP5`; did you mean `detection@road/AP50`"):
        read_figures(table, trainings, PARTS)
    table.figures = []
    assert set(read_figures(table, trainings, PARTS)[0]["plain"]) == {"detection@road/AP50", "saliency@attic/CC"}


def test_a_row_that_lacks_a_figure_has_none():
    header, rows = comparison_rows({"a": {"AP": [0.5, None]}, "b": {"AP": [None, None]}}, set())
    assert rows[0][2:4] == [1, "0.500"] and rows[1][2:] == [
        0,
        "-",
        "-",
        pytest.approx(float("nan"), nan_ok=True),
        "undecided",
    ]


def test_folders_have_plain_names():
    assert folder_name("today's loss: 80 classes") == "today_s_loss_80_classes"
    assert folder_name("..") == folder_name("???") == "" and folder_name("../up") == "up"
