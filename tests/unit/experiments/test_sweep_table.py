import json

import pytest

from tests.unit.experiments import small
from xdomain_keras.errors import ConfigError
from xdomain_keras.experiments.facts import Facts
from xdomain_keras.experiments.run_folder import RunFolder
from xdomain_keras.experiments.sweep_table import SweepTable


def config_of(setting):
    return small.make_config(setting)


def add(folder, *seeds, split="test"):
    table = SweepTable(folder)
    for seed in seeds:
        if not (folder / f"seed_{seed}").exists():
            RunFolder(folder / f"seed_{seed}").create(config_of({"seed": seed}), Facts({}), {})
        table.add(f"seed_{seed}", {"seed": seed}, split, {"AP": seed / 10})
    return table


def test_rows_are_added_and_measured_anew_and_never_lost(tmp_path):
    add(tmp_path, 1, 2)
    add(tmp_path, 1, split="validation")
    table = add(tmp_path, 2, 3)
    assert [(row["run"], row["split"]) for row in json.loads((tmp_path / "sweep.json").read_text())] == [
        ("seed_1", "test"),
        ("seed_2", "test"),
        ("seed_1", "validation"),
        ("seed_3", "test"),
    ]
    assert table.of_split("test") == (["run", "AP"], [["seed_1", 0.1], ["seed_2", 0.2], ["seed_3", 0.3]])
    table.add("seed_3", {"seed": 3}, "test", {"mIoU": 0.5})
    assert table.of_split("test")[1] == [["seed_1", 0.1, None], ["seed_2", 0.2, None], ["seed_3", None, 0.5]]
    table.require_same_sweep(["seed"], config_of)


def test_another_sweep_is_refused(tmp_path):
    table = add(tmp_path, 1)
    with pytest.raises(ConfigError, match="sweep.json: is the table of a sweep over seed; this one is over a.b, seed"):
        table.require_same_sweep(["a.b", "seed"], config_of)
    with pytest.raises(ConfigError, match="of another config: its run seed_1 differs in more than seed"):
        table.require_same_sweep(["seed"], lambda setting: small.make_config({**setting, "steps_per_epoch": 7}))


def test_a_row_stays_when_its_run_is_gone(tmp_path):
    table = add(tmp_path, 1)
    (tmp_path / "seed_1").rename(tmp_path / "elsewhere")
    table.require_same_sweep(["seed"], config_of)
    assert SweepTable(tmp_path).rows == table.rows


@pytest.mark.parametrize("text", ["{}", "[3]", "[{}]", '[{"run": "a"}]', "[", "\0", "[" * 100_000])
def test_what_is_not_a_table_is_left_alone(tmp_path, text):
    (tmp_path / "sweep.json").write_text(text)
    with pytest.raises(ConfigError, match="sweep.json: is not the table of a sweep; move it away"):
        SweepTable(tmp_path)
    assert (tmp_path / "sweep.json").read_text() == text


def test_a_folder_without_a_table_has_no_rows(tmp_path):
    assert SweepTable(tmp_path / "absent").rows == []
