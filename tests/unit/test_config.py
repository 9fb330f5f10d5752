import json
import pathlib

import pytest
import yaml

from xdomain_keras.config import load_config, merge, save_config
from xdomain_keras.errors import ConfigError

CONFIGS = pathlib.Path(__file__).parents[2] / "configs"
BASE = """
name: small
image_size: [32, 48]
method: mmd_alignment
domains:
  source:
    source: {reader: scenes, world: room}
    tasks: [detection]
  target:
    source: {reader: scenes, world: street}
    tasks: [saliency]
    augment: {noise: 0.1}
terms:
  mmd: {weight: 0.5, rank: 4}
stages:
  - {name: warm, epochs: 1}
  - {name: joint, epochs: 2}
"""


@pytest.fixture
def write(tmp_path):
    def write(text, name="config.yaml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def fails(path, overrides=()):
    """The message of the error, which is one line."""
    with pytest.raises(ConfigError) as error:
        load_config(path, overrides)
    assert "\n" not in str(error.value) and error.value.exit_code == 2
    return str(error.value)


def test_what_is_written_is_read_and_the_rest_has_defaults(write):
    config = load_config(write(BASE))
    assert config.image_size == (32, 48) and config.domains["target"].tasks == ["saliency"]
    assert config.seed == 0 and config.evaluation.every_epochs == 1 and config.domains["source"].batch_size is None


@pytest.mark.parametrize(
    ("override", "path", "suggestion"),
    [
        ("sead=1", "sead", "did you mean `seed`?"),
        ("domains.source.bach_size=2", "domains.source.bach_size", "did you mean `batch_size`?"),
        ("domains.target.augmnt.noise=2", "domains.target.augmnt", "did you mean `augment`?"),
        ("model.bakbone.depth=18", "model.bakbone", "did you mean `backbone`?"),
        ("stages.1.epoch=3", "stages.1.epoch", "did you mean `epochs`?"),
        ("evaluation.batchsize=3", "evaluation.batchsize", "did you mean `batch_size`?"),
        ("loader.kinds=auto", "loader.kinds", "did you mean `kind`?"),
        ("loader.zzz=auto", "loader.zzz", "known are cache_gigabytes, check_images, kind, on_bad, workers."),
    ],
)
def test_unknown_keys_are_errors_with_a_suggestion(write, override, path, suggestion):
    message = fails(write(BASE), [override])
    assert f"unknown key `{path}`" in message and message.endswith(suggestion)


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("seed=many", "`seed` is 'many'; input should be a valid integer"),
        ("domains.source.batch_size=0", "`domains.source.batch_size` is 0; input should be greater than 0"),
        ("image_size=[32]", "`image_size.1` is missing"),
        ("image_size=[32, -1]", "`image_size.1` is -1"),
        ("loader.kind=fast", "`loader.kind` is 'fast'"),
        ("stages.0=3", "`stages.0` is 3"),
        ("steps_per_epoch=0", "`steps_per_epoch` is 0; input should be greater than 0"),
        ("seed=4294967296", "`seed` is 4294967296; input should be less than 4294967296"),
        ("domains=[a]", "`domains` is ['a']; expected a mapping, written {key: value}."),
        ("model=resnet", "`model` is 'resnet'; expected a mapping, written {key: value}."),
        ("terms=[mmd]", "`terms` is ['mmd']; expected a mapping, written {key: value}."),
        ("stages={name: a}", "`stages` is {'name': 'a'}; expected a list"),
        ("seed=-1", "`seed` is -1; input should be greater than or equal to 0"),
        ("image_size=96", "`image_size` is 96; expected a list, written [a, b]."),
        ("domains.source.splits.train=':16'", "`domains.source.splits.train` is ':16'; expected a mapping, written {"),
        ("stages=[]", "`stages` is []; expected one entry or more."),
        ("domains.source.splits={}", "`domains.source.splits` is {}; expected one entry or more."),
        ("model.backbone={1: 2}", "`model.backbone.1` is 1; input should be a valid string."),
        ("domains.source.source=[{1: 2}]", "`domains.source.source"),
        ("domains={a/b: {}}", "`domains.a/b` is 'a/b'; expected a name without / and @."),
        ("tasks={a@b: {}}", "`tasks.a@b` is 'a@b'; expected a name without / and @."),
        ("terms={'': {}}", "`terms.` is ''; expected a name without / and @."),
        ("domains.source.tasks=detection", "`domains.source.tasks` is 'detection'; expected a list"),
        ("name=null", "`name` is missing; add it."),
        (
            "domains.source.classes={detection: {car: {a: b}}}",
            "`domains.source.classes.detection.car` is {'a': 'b'}; expected a class, a list of classes, or `ignore`.",
        ),
        ("stages.7.epochs=3", "`stages.7`: the list has 2 entries"),
    ],
)
def test_wrong_values_are_errors_that_show_the_value(write, override, expected):
    assert expected in fails(write(BASE), [override])


def test_overrides_are_yaml_and_the_last_wins(write):
    config = load_config(write(BASE), ["seed=1", "seed=2", "steps_per_epoch=7", "optimizer.learning_rate=1.0e-3"])
    assert config.seed == 2 and config.steps_per_epoch == 7 and config.optimizer == {"learning_rate": 1e-3}


def test_overrides_reach_into_lists(write):
    config = load_config(write(BASE), ["stages.1.epochs=9", "stages.0=null"])
    assert [(stage.name, stage.epochs) for stage in config.stages] == [("joint", 9)]


def test_a_base_is_read_first_and_null_removes(write):
    write(BASE)
    child = write("base: config.yaml\nname: child\ndomains: {source: null}\nstages: {0: {epochs: 5}}\n", "child.yaml")
    config = load_config(child)
    assert config.name == "child" and list(config.domains) == ["target"]
    assert [stage.epochs for stage in config.stages] == [5, 2]
    grandchild = load_config(write("base: child.yaml\nname: grandchild\nseed: 4\n", "grandchild.yaml"))
    assert (grandchild.seed, list(grandchild.domains)) == (4, ["target"])


def test_a_base_may_be_a_packaged_config(write):
    config = load_config(write("base: mmd_alignment/scenes\nname: mine\nmodel: {backbone: {name: vgg16}}\n"))
    packaged = load_config("mmd_alignment/scenes")
    assert (config.name, config.model.backbone) == ("mine", {"name": "vgg16"})
    assert config.domains == packaged.domains and config.optimizer == packaged.optimizer


def test_a_file_beside_it_goes_before_a_packaged_base(write, tmp_path):
    (tmp_path / "mmd_alignment").mkdir()
    write(BASE, "mmd_alignment/scenes.yaml")
    assert load_config(write("base: mmd_alignment/scenes.yaml\nseed: 3\n")).name == "small"


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../../climbed", "a\\b", "a\nb", "a\x1b[31m", "/", "x" * 101])
def test_a_name_that_cannot_be_a_folder_of_runs(write, name):
    message = fails(write(BASE.replace("name: small", f"name: {json.dumps(name)}")))
    assert "expected a name for the run's folder, not . or .., of 1 to 100 characters without / and \\" in message
    assert message.isprintable()


@pytest.mark.parametrize("name", ["a", "…", "my run", "v1.2", "..a", "x" * 100])
def test_names_of_folders(write, name):
    assert load_config(write(BASE.replace("name: small", f"name: {name}"))).name == name


def test_null_takes_a_term_away_for_good(write):
    # The method brings the term: were the key only deleted, it would come back with the method's weight.
    config = load_config(write(BASE), ["terms.mmd=null"])
    assert config.terms == {"mmd": None}
    assert load_config(write(BASE), ["terms.mmd.rank=null"]).terms == {"mmd": {"weight": 0.5}}


def test_missing_and_circular_bases(write):
    assert "absent.yaml: No such file or directory" in fails(write("base: absent.yaml\nname: a\n"))
    missing = fails(write("base: mmd_alignment/scense\nname: a\n"))
    assert "config.yaml: `base`: mmd_alignment/scense: No such" in missing and "did you mean `mmd_al" in missing
    assert r"`base`: 'a\x00b': No such file" in fails(write('base: "a\\0b"\nname: a\n'))
    assert "is a folder; give a config file" in fails(write("base: ''\nname: a\n"))
    write("base: b.yaml\nname: a\n", "a.yaml")
    assert "is a base of itself" in fails(write("base: a.yaml\nname: b\n", "b.yaml"))
    assert "`base` is ['a.yaml']" in fails(write("base: [a.yaml]\nname: a\n"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: a\nname: b\n", "not YAML at line 2, column 1: key `name` stands twice"),
        ("domains: {a: {tasks: []}, a: {}}", "key `a` stands twice"),
        ("name: [1", "not YAML"),
        ("- a\n- b\n", "holds list; expected a mapping"),
        ("", "holds NoneType; expected a mapping"),
        ("name: a\nseed: !!float x\n", "not YAML at line 2, column 7: 'x' cannot be read as !!float."),
        ("name: " + "[" * 2000, "nested more than 50 deep"),
        ("name: &a [*a]", "an alias stands within what it names"),
        ("{[1]: 2}", "not YAML"),
    ],
)
def test_files_that_are_no_config(write, text, expected):
    assert expected in fails(write(text))


def test_missing_and_binary_files(tmp_path):
    assert "absent.yaml: No such file or directory, and no packaged config" in fails(tmp_path / "absent.yaml")
    (tmp_path / "image.yaml").write_bytes(b"\xff\xd8\xff\xe0")
    assert "is not UTF-8 text" in fails(tmp_path / "image.yaml")


def test_anchors_and_merge_keys_are_yaml_like_any_other(write):
    text = BASE.replace("augment: {noise: 0.1}", "augment: {<<: &a {noise: 0.1}, contrast: 0.2}")
    assert load_config(write(text)).domains["target"].augment == {"noise": 0.1, "contrast": 0.2}


@pytest.mark.parametrize("path", sorted(CONFIGS.rglob("*.yaml")), ids=lambda path: path.stem)
def test_a_saved_config_is_the_same_experiment(path, tmp_path):
    config = load_config(path)
    save_config(config, tmp_path / "saved.yaml")
    assert load_config(tmp_path / "saved.yaml") == config
    assert "base" not in yaml.safe_load((tmp_path / "saved.yaml").read_text(encoding="utf-8"))


def test_merge_changes_neither_argument():
    base, over = {"a": {"x": 1}, "b": [{"c": 1}, 2]}, {"a": {"y": 2}, "b": {"0": {"c": 5}}}
    assert merge(base, over) == {"a": {"x": 1, "y": 2}, "b": [{"c": 5}, 2]}
    assert base == {"a": {"x": 1}, "b": [{"c": 1}, 2]} and over == {"a": {"y": 2}, "b": {"0": {"c": 5}}}
