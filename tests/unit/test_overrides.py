import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdomain_keras.config import ExperimentConfig, load_config
from xdomain_keras.errors import ConfigError
from xdomain_keras.overrides import lay_over, merge, parse_override
from xdomain_keras.packaged_configs import packaged_configs

RESNET = {"name": "resnet", "depth": 18, "width": 0.5}
DEPTH = {"name": "resnet", "depth": 18}
COCO = {"reader": "coco", "images": "a", "annotations": "b"}


def override(tree, *texts):
    for text in texts:
        tree = merge(tree, parse_override(text))
    return tree


def nested(place, value):
    for key in reversed(place.split(".")):
        value = {key: value}
    return value


@pytest.mark.parametrize(
    ("place", "base", "over", "expected"),
    [
        # The same part, or none named: merged.
        ("model.backbone", RESNET, {"width": 1.0}, {**RESNET, "width": 1.0}),
        ("model.backbone", RESNET, {"name": "resnet", "width": 1.0}, {**RESNET, "width": 1.0}),
        ("model.backbone", {"depth": 18}, {"name": "resnet"}, {"name": "resnet", "depth": 18}),
        # Another part: replaced, wherever it stands.
        ("model.backbone", RESNET, {"name": "vgg16"}, {"name": "vgg16"}),
        ("model.backbone", {"name": "resnet18", "width": 0.5}, DEPTH, DEPTH),
        ("model.backbone.encoder", {"name": "resnet18", "width": 0.5}, {"name": "vgg16"}, {"name": "vgg16"}),
        ("tasks.depth.head", {"name": "thin", "filters": 8}, {"name": "deeplab"}, {"name": "deeplab"}),
        ("tasks.sod.loss", {"name": "cas", "alpha": 0.1}, {"name": "triplet"}, {"name": "triplet"}),
        ("balancing", {"name": "gradnorm", "alpha": 1.5}, {"name": "mgda"}, {"name": "mgda"}),
        ("optimizer", {"name": "sgd", "momentum": 0.9}, {"name": "adam"}, {"name": "adam"}),
        ("domains.road.source", COCO, {"reader": "yolo", "images": "c"}, {"reader": "yolo", "images": "c"}),
        ("domains.road.splits.test", COCO, {"reader": "yolo"}, {"reader": "yolo"}),
        # A null beside the new name takes nothing of the old part over, and is not an option of the new one.
        ("model.backbone", RESNET, {"name": "vgg16", "depth": None}, {"name": "vgg16"}),
        # Tasks and terms are called after their type where they name none.
        ("terms.mmd", {"kernel": "rbf"}, {"type": "mmd", "rank": 2}, {"kernel": "rbf", "type": "mmd", "rank": 2}),
        ("terms.mmd", {"kernel": "rbf"}, {"type": "feature_matching"}, {"type": "feature_matching"}),
        ("terms.align", {"type": "mmd", "kernel": "rbf"}, {"rank": 2}, {"type": "mmd", "kernel": "rbf", "rank": 2}),
        ("tasks.near", {"type": "depth", "scale": 3.0}, {"type": "normals"}, {"type": "normals"}),
        # What all kinds of a part share stays: `kind` is one option among others.
        ("terms.a.classifier", {"kind": "flat", "width": 0.5}, {"kind": "pooled"}, {"kind": "pooled", "width": 0.5}),
        ("model.backbone.transfer", {"kind": "unet", "width": 0.5}, {"kind": "conv"}, {"kind": "conv", "width": 0.5}),
        # `name` is an option of a reader, and `reader` alone names it.
        ("domains.a.source", {"reader": "tfds", "name": "voc"}, {"name": "kitti"}, {"reader": "tfds", "name": "kitti"}),
        # Labels: of a stage, of the experiment; and a task that is called `name`.
        ("domains.a.taps", {"name": "c2", "depth": "c3"}, {"name": "c4"}, {"name": "c4", "depth": "c3"}),
    ],
)  # fmt: skip
def test_a_part_of_another_name_replaces_and_all_else_merges(place, base, over, expected):
    before = copy.deepcopy((base, over))
    assert merge(nested(place, base), nested(place, over)) == nested(place, expected)
    assert (base, over) == before


def test_the_labels_of_experiment_and_stages_replace_nothing():
    tree = {
        "name": "a",
        "seed": 3,
        "stages": [{"name": "warm", "epochs": 4, "optimizer": {"name": "sgd", "momentum": 0}}],
    }
    assert override(tree, "name=b", "stages.0.name=long") == {
        "name": "b",
        "seed": 3,
        "stages": [{"name": "long", "epochs": 4, "optimizer": {"name": "sgd", "momentum": 0}}],
    }
    assert override(tree, "stages.0.optimizer.name=adam")["stages"] == [
        {"name": "warm", "epochs": 4, "optimizer": {"name": "adam"}}
    ]


def test_readers_in_a_list_are_edited_by_their_place():
    tree = {"domains": {"a": {"source": [COCO, {"reader": "depth_maps", "maps": "d"}]}}}
    edited = override(tree, "domains.a.source.1={reader: normal_maps, maps: n}", "domains.a.source.0.images=z")
    assert edited["domains"]["a"]["source"] == [{**COCO, "images": "z"}, {"reader": "normal_maps", "maps": "n"}]


def test_a_domain_is_merged_whatever_it_is_called():
    tree = {"domains": {"name": {"tasks": ["depth"]}, "type": {"batch_size": 2}}}
    assert override(tree, "domains.name.batch_size=4")["domains"]["name"] == {"tasks": ["depth"], "batch_size": 4}


def test_options_are_laid_over_defaults():
    sgd = {"name": "sgd", "momentum": 0.9}
    assert lay_over(sgd, {"learning_rate": 1}) == {**sgd, "learning_rate": 1}
    assert lay_over({"momentum": 0.9}, {"name": "adam"}) == {"momentum": 0.9, "name": "adam"}
    assert lay_over({"type": "mmd", "kernel": "rbf"}, {"type": "supervised"}, "type") == {"type": "supervised"}


@pytest.mark.parametrize("text", ["seed", "=3", "seed: 3", "model..name=3", ".seed=1", "a." * 60 + "b=1"])
def test_an_override_without_key_or_value_says_how_to_write_it(text):
    with pytest.raises(ConfigError, match="expected section.key=value, as `seed=1`") as error:
        parse_override(text)
    assert "\n" not in str(error.value)


def test_an_override_that_is_not_yaml_says_what_to_do():
    with pytest.raises(ConfigError, match=r"override 'name=\[1, ': not YAML.*Quote the value.$"):
        parse_override("name=[1, ")


def test_a_place_that_a_list_does_not_have():
    with pytest.raises(ConfigError, match="`stages.7`: the list has 1 entries, the first is 0."):
        override({"stages": [{"name": "a"}]}, "stages.7.epochs=3")
    assert override({"stages": [{"name": "a"}]}, "stages.²=3") == {"stages": {"²": 3}}


def leaves(tree, place=()):
    """(place, value) of everything in a tree that is not a filled dict or list."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    if not tree or not items:
        yield place, tree
    for key, value in items:
        yield from leaves(value, (*place, str(key)))


RESOLVED = [load_config(path).model_dump(mode="json") for path in packaged_configs().values()]


@given(st.data())
def test_an_override_of_one_key_loses_no_other_unless_it_names_another_part(data):
    """Of any packaged config."""
    tree = data.draw(st.sampled_from(RESOLVED))
    place, _ = data.draw(st.sampled_from([each for each in leaves(tree) if "." not in "".join(each[0])]))
    changed = dict(leaves(override(tree, f"{'.'.join(place)}=other")))
    others = {each: value for each, value in leaves(tree) if each != place}
    if place[-1] in ("name", "reader", "type") and len(place) > 1 and place[0] != "stages":
        others = {each: value for each, value in others.items() if each[: len(place) - 1] != place[:-1]}
    assert changed == {**others, place: "other"}


def test_the_default_backbone_is_no_base():
    """An experiment that names no backbone has ResNet-50; a depth laid over nothing is one of the default's."""
    config = {"name": "a", "image_size": [32, 32], "domains": {}}
    tree = override(config, "model.backbone.depth=18")
    assert ExperimentConfig.model_validate(tree).model.backbone == {"depth": 18}
