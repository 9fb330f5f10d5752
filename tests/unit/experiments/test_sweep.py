import pytest

from tests.unit.experiments import small
from xdomain_keras.errors import ConfigError
from xdomain_keras.experiments import sweep as module
from xdomain_keras.experiments.facts import Facts
from xdomain_keras.experiments.sweep import SharedSources, combine, name_of, overrides_of, parse_axis, sweep


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
    """Callable that sweeps over changes of a config without training: (name and whether resumed of each run, rows)."""
    trained = []

    def train(config, folder, parts, resume, extra_callbacks, sources):
        assert parts is small.PARTS
        trained.append((folder.name, resume))
        run = module.RunFolder(folder)
        if not resume:
            run.create(config, Facts({}), {})
        if config.seed == 8 and not resume:
            raise KeyboardInterrupt
        run.write_json(run.metrics_file, {"validation": {"detection@road": {"AP50": config.seed / 10, "AP": 0.0}}})
        if config.seed == 3:
            run.log_file.write_text('{"stage_index": 0, "epoch": 1, "a/classifier/accuracy": 0.5}\n')

    def run(*changes, split="validation"):
        configs = {
            "-".join(f"{key}_{value}" for key, value in each.items()): small.make_config(each) for each in changes
        }
        return trained, list(sweep(configs, tmp_path, split, parts=small.PARTS))

    monkeypatch.setattr(module, "train", train)
    monkeypatch.setattr(module.SharedSources, "of", lambda self, config: small.make_sources())
    return run


def seeds(*numbers):
    return [{"seed": number} for number in numbers]


def test_each_config_is_trained_once(swept):
    trained, rows = swept(*seeds(1, 2))
    assert rows == [("seed_1", {"detection@road AP50": 0.1}), ("seed_2", {"detection@road AP50": 0.2})]
    _, rows = swept(*seeds(2, 3))
    assert [name for name, _ in trained] == ["seed_1", "seed_2", "seed_3"]
    assert [name for name, _ in rows] == ["seed_2", "seed_3"]
    assert rows[1][1] == {"detection@road AP50": 0.3, "a accuracy": 0.5, "a below 0.55": 1.0}


def test_a_run_that_was_stopped_goes_on(swept):
    with pytest.raises(KeyboardInterrupt):
        swept(*seeds(8, 1))
    assert swept(*seeds(8, 1))[0] == [("seed_8", False), ("seed_8", True), ("seed_1", False)]


def test_runs_of_another_config_are_left_alone(swept, tmp_path):
    swept(*seeds(1))
    (tmp_path / "seed_1").rename(tmp_path / "seed_3")
    with pytest.raises(ConfigError, match="seed_3: is a run of another config"):
        swept(*seeds(2, 3))
    assert not (tmp_path / "seed_2").exists()


@pytest.mark.parametrize(("split", "said"), [("tset", "unknown split `tset`; did you mean `test`"), ("train", "known")])
def test_a_split_that_nobody_measures_is_told_before_anything_is_trained(swept, tmp_path, split, said):
    with pytest.raises(ConfigError, match=f"^--split: .*{said}"):
        swept(*seeds(1), split=split)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("last", "message"),
    [
        ({"terms": {"mmd": {"rank": "many"}}}, ": terms.mmd: `rank` is 'many'"),
        ({"tasks": {"saliency": {"head": {"skips": ["c9"]}}}}, "unknown level of the backbone `c9`"),
        ({"balancing": {"name": "gradnrom"}}, ": balancing: unknown name `gradnrom`; did you mean `gradnorm`"),
        ({"stages": {"0": {"trainable": ["bakbone"]}}}, "bakbone"),
        ({"model": {"start_from": "absent"}}, ": model.start_from: there is no absent"),
    ],
)  # fmt: skip
def test_a_wrong_value_in_the_last_setting_is_told_before_the_first_is_trained(swept, tmp_path, last, message):
    with pytest.raises(ConfigError) as error:
        swept({"seed": 1}, last)
    assert str(error.value).startswith(f"{next(iter(last))}_") and message in str(error.value)
    assert not list(tmp_path.iterdir())


def test_settings_that_read_other_data_do_not_share_it():
    """A source is known by domain and split alone: one that is shared has the images of the setting before."""
    shared = SharedSources()
    configs = [small.make_config(change) for change in ({}, {"seed": 1}, {"domains": {"road": {"source": {"a": 1}}}})]
    first, second, third = (shared.of(config) for config in configs)
    assert first is second and first is not third
    skipping = small.make_config({"loader": {"on_bad": "skip"}})
    assert shared.of(skipping) is not third
