import json

import pytest

from tests.unit.apps.apps import call
from xdomain_keras.apps import sweep
from xdomain_keras.errors import ConfigError
from xdomain_keras.parts import Parts


@pytest.fixture
def swept(monkeypatch):
    """The configs that were to be trained, by name."""
    given = {}

    def run(configs, folder, split, extra_callbacks, parts):
        assert isinstance(parts, Parts)
        for name, config in configs.items():
            given[name] = config
            folder.mkdir(parents=True, exist_ok=True)
            yield name, {"depth@room delta1": config.seed / 10 or None}

    monkeypatch.setattr("xdomain_keras.experiments.sweep.sweep", run)
    return given


def test_a_row_a_setting_is_printed_and_written(swept, tmp_path):
    vary = ["--vary", "seed=[0, 3]", "--vary", "optimizer.learning_rate=[0.1]"]
    printed = call(sweep, "mmd_alignment/scenes", "image_size=[64, 64]", *vary, "--run", tmp_path / "runs")
    assert list(swept) == ["seed_0-learning_rate_0.1", "seed_3-learning_rate_0.1"]
    config = swept["seed_3-learning_rate_0.1"]
    assert (config.seed, config.optimizer["learning_rate"], config.image_size) == (3, 0.1, (64, 64))
    assert printed.splitlines()[1:] == [
        "seed_0-learning_rate_0.1                  -",
        "seed_3-learning_rate_0.1              0.300",
    ]
    rows = json.loads((tmp_path / "runs" / "sweep.json").read_text())
    assert rows[1]["setting"] == {"seed": 3, "optimizer.learning_rate": 0.1} and len(rows) == 2


def test_a_later_command_of_the_same_sweep_adds_to_the_table(swept, tmp_path):
    call(sweep, "mmd_alignment/scenes", "--vary", "seed=[1]", "--run", tmp_path)
    printed = call(sweep, "mmd_alignment/scenes", "--vary", "seed=[2]", "--run", tmp_path)
    assert [line.split()[0] for line in printed.splitlines()[1:]] == ["seed_1", "seed_2"]
    printed = call(sweep, "mmd_alignment/scenes", "--vary", "seed=[2]", "--run", tmp_path, "--split", "test")
    assert [line.split()[0] for line in printed.splitlines()[1:]] == ["seed_2"]
    assert len(json.loads((tmp_path / "sweep.json").read_text())) == 3


def test_another_sweep_does_not_touch_the_table(swept, tmp_path):
    call(sweep, "mmd_alignment/scenes", "--vary", "seed=[1]", "--run", tmp_path)
    before = (tmp_path / "sweep.json").read_text()
    swept.clear()
    with pytest.raises(ConfigError, match="a sweep over seed; this one is over terms.mmd.weight"):
        call(sweep, "mmd_alignment/scenes", "--vary", "terms.mmd.weight=[1]", "--run", tmp_path)
    assert not swept and (tmp_path / "sweep.json").read_text() == before


@pytest.mark.parametrize(
    ("vary", "message"),
    [("sed=[1]", "unknown key `sed`; did you mean `seed`"), ("seed=[1, 1]", "two settings have the name seed_1")],
)
def test_faults_are_found_before_anything_is_trained(swept, vary, message, tmp_path):
    with pytest.raises(ConfigError, match=message):
        call(sweep, "mmd_alignment/scenes", "--vary", vary, "--run", tmp_path / "runs")
    assert not swept and not list(tmp_path.iterdir())
