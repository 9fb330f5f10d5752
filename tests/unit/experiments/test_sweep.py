import pytest

from tests.unit.experiments import small
from xdomain_keras.errors import ConfigError
from xdomain_keras.experiments import sweep as module
from xdomain_keras.experiments.sweep import combine, name_of, overrides_of, parse_axis, sweep


def test_settings_are_combined_in_all_ways():
    axes = [parse_axis("terms.a.weight,terms.b.weight=[[.4, .6], [.5, .5]]"), parse_axis("kind=[bce, 'off']")]
    found = combine(axes)
    assert [name_of(setting) for setting in found] == [
        "weight_0.4-weight_0.6-kind_bce",
        "weight_0.4-weight_0.6-kind_off",
        "weight_0.5-weight_0.5-kind_bce",
        "weight_0.5-weight_0.5-kind_off",
    ]
    assert overrides_of(found[1]) == ["terms.a.weight=0.4", "terms.b.weight=0.6", 'kind="off"']


@pytest.mark.parametrize("text", ["seed", "seed=3", "=[1]", "seed=[", "seed=[]", "a,b=[1, 2]", "a,b=[[1, 2], [1]]"])
def test_axes_that_are_none(text):
    with pytest.raises(ConfigError, match="--vary"):
        parse_axis(text)


@pytest.fixture
def swept(tmp_path, monkeypatch):
    """Callable that sweeps over seeds without training; the seeds that were to be trained, and how."""
    trained = []

    def train(config, folder, resume, extra_callbacks, sources):
        trained.append((config.seed, resume))
        run = module.RunFolder(folder)
        if not resume:
            run.create(config)
        if config.seed < 8:
            results = {"detection@road": {"AP50": config.seed / 10, "AP": 0.0}}
            run.write_json(run.metrics_file, {"validation": results, "test, centre prior": {}})
            if config.seed == 3:
                run.log_file.write_text('{"stage_index": 0, "epoch": 1, "a/classifier/accuracy": 0.5}\n')

    monkeypatch.setattr(module, "train", train)

    def run(*seeds, split="validation"):
        configs = {f"seed_{seed}": small.make_config({"seed": seed}) for seed in seeds}
        return trained, list(sweep(configs, tmp_path, split))

    return run


def test_each_config_is_trained_once(swept):
    trained, rows = swept(1, 2)
    assert rows == [("seed_1", {"detection@road AP50": 0.1}), ("seed_2", {"detection@road AP50": 0.2})]
    _, rows = swept(2, 3)
    assert trained == [(1, False), (2, False), (3, False)] and [name for name, _ in rows] == ["seed_2", "seed_3"]
    assert rows[1][1] == {"detection@road AP50": 0.3, "a accuracy": 0.5, "a below 0.55": 1.0}


def test_a_run_that_was_stopped_goes_on(swept):
    for _ in range(2):
        with pytest.raises(ConfigError, match="no domain has a split `validation`"):
            swept(8)
    assert swept(1)[0] == [(8, False), (8, True), (1, False)]


def test_runs_of_another_config_are_left_alone(swept, tmp_path):
    swept(1)
    (tmp_path / "seed_2").mkdir()
    (tmp_path / "seed_1").rename(tmp_path / "seed_3")
    with pytest.raises(ConfigError, match="is a run of another config"):
        swept(3)


def test_a_split_that_nobody_has(swept):
    with pytest.raises(ConfigError, match="no domain has a split `tset`; known are validation"):
        swept(1, split="tset")
