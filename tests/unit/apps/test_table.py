import types

import pytest

from tests.unit.apps.apps import call
from xdomain_keras.apps import table
from xdomain_keras.errors import ConfigError
from xdomain_keras.experiments.comparison import TableConfig


@pytest.fixture
def compared(monkeypatch):
    """What was trained, without any training."""
    given = []
    module = "xdomain_keras.experiments.comparison"
    own = TableConfig(title="Two rows", rows={"plain": [], "other": []})
    monkeypatch.setattr(f"{module}.read_comparison", lambda *each: given.append(each) or (own, []))
    monkeypatch.setattr(f"{module}.run_comparison", lambda *each: given.append(each[:3]))
    figures = {"plain": {"a@b/AP": [0.1, 0.2]}, "other": {"a@b/AP": [0.3, 0.4]}}
    monkeypatch.setattr(f"{module}.read_figures", lambda *_: (figures, set()))
    return given


def test_the_table_is_printed_and_written_three_times(compared, tmp_path):
    printed = call(table, "rows.yaml", "--seeds", "2", "--jobs", "3", "--run", tmp_path)
    assert compared == [("rows.yaml", 2, tmp_path), ([], [], 3)]
    assert "plain" in printed and "0.350 ± 0.071" in printed and "+0.200" in printed
    assert (tmp_path / "table.csv").read_text().splitlines() == [
        "row,figure,seed,value",
        *("plain,a@b/AP,0,0.1", "plain,a@b/AP,1,0.2", "other,a@b/AP,0,0.3", "other,a@b/AP,1,0.4"),
    ]
    assert (tmp_path / "table.md").read_text().startswith("# Two rows\n\n\n\n| row | figure |")
    assert "Two rows" in (tmp_path / "table.html").read_text()


def test_a_table_needs_a_seed(compared):
    with pytest.raises(ConfigError, match="--seeds is 0; expected 1 or more"):
        call(table, "rows.yaml", "--seeds", "0")


def test_a_figure_that_nothing_will_have_is_refused_before_training(monkeypatch):
    """A row is built anyway before it is trained; what it will measure is then known."""
    own = TableConfig(title="A row", rows={"plain": []}, figures=["a@b/AP[cra]"])
    run = types.SimpleNamespace(metrics_file=types.SimpleNamespace(exists=lambda: False))
    row = types.SimpleNamespace(row="plain", seed=0, run=run, config=None)
    monkeypatch.setattr("xdomain_keras.experiments.comparison.read_comparison", lambda *_: (own, [row]))
    monkeypatch.setattr("xdomain_keras.experiments.comparison.run_comparison", lambda *_: pytest.fail("trained"))
    monkeypatch.setattr("xdomain_keras.experiments.sweep.SharedSources.of", lambda *_: {})
    monkeypatch.setattr("xdomain_keras.experiments.sweep.require_buildable", lambda *_: {"a@b/AP[car]", "a@b/AP"})
    with pytest.raises(
        ConfigError, match=r"rows.yaml: figures: unknown figure `a@b/AP\[cra\]`; did you mean `a@b/AP\[car\]"
    ):
        call(table, "rows.yaml", "--seeds", "1")
