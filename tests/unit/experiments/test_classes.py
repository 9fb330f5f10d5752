import numpy as np
import pytest

from tests.unit.experiments.small import PARTS, make_data, make_model, make_sources
from xdomain_keras.data import Arrays
from xdomain_keras.errors import ConfigError
from xdomain_keras.experiments.class_names import near_names
from xdomain_keras.experiments.resolve import resolve

BOTH = {"domains": {"attic": {"tasks": ["saliency", "detection"]}}}


def boxes_of(classes, names, **more):
    """Images with a box each, of these classes."""
    boxes = [np.float32([[2, 2, 20, 20]]) for _ in classes]
    images = np.zeros((len(classes), 32, 32, 3), np.uint8)
    own = {"boxes_xyxy": boxes, "classes": [np.int32([each]) for each in classes], **more}
    fixations = [np.float32([[3, 3]]) for _ in classes]
    return Arrays({"image": images, **own, "fixations_xy": fixations}, {"boxes": names})


def with_names(road, attic):
    """Sources in which `road` and `attic` have boxes of all of these names."""
    made = {"road": boxes_of(range(len(road)), road), "attic": boxes_of(range(len(attic)), attic)}
    return {key: made[key[0]] for key in make_sources()}


def facts_of(sources, *changes):
    from xdomain_keras.config import merge

    tree = BOTH
    for change in changes:
        tree = merge(tree, change)
    data = make_data(tree, sources)
    return resolve(data.config, data, PARTS)


def detection(**options):
    return {"tasks": {"detection": options}}


def mapped(domain, **values):
    return {"domains": {domain: {"classes": {"detection": values}}}}


def test_classes_are_the_union_over_trained_cells_in_order_of_first_appearance():
    facts = facts_of(with_names(["cat", "dog"], ["dog", "owl"]))
    assert facts.tasks["detection"]["class_names"] == ["cat", "dog", "owl"]
    assert facts.classes["detection@attic"]["values"] == {"dog": ["dog"], "owl": ["owl"]}
    assert facts.classes["detection@road"]["annotates"]["train"] == ["cat", "dog"]
    assert facts.classes["detection@attic"]["counts"] == {"dog": 1, "owl": 1}


def test_a_cell_that_is_only_measured_adds_no_class():
    sources = with_names(["cat", "dog"], ["dog", "owl"])
    measured = {"domains": {"attic": {"tasks": ["saliency"], "evaluate": ["detection"]}}}
    with pytest.raises(ConfigError, match="domains.attic: `owl` is not among the classes of `detection`"):
        facts_of(sources, measured)
    facts = facts_of(sources, measured, mapped("attic", owl="ignore"))
    assert facts.tasks["detection"]["class_names"] == ["cat", "dog"]


def test_swapped_numbers_mean_the_same_names():
    """1 is a dog here and a cat there; what training reads is the name."""
    sources = with_names(["cat", "dog"], ["dog", "cat"])
    model = make_model(BOTH, sources)
    data = make_data(BOTH, sources)
    road, attic = (model.tasks_on(data, domain, "train")["detection"] for domain in ("road", "attic"))
    found = [
        task.encode({"id": "a", **data.source(d, "train")[1]})[0, 4] for task, d in ((road, "road"), (attic, "attic"))
    ]
    assert found == [1, 0]
    assert road is model.tasks["detection"]  # a plain table takes the plain path


@pytest.mark.parametrize(("one", "other"), [("Car", "car"), ("traffic light", "Traffic_Light"), ("a-b", "ab")])
def test_two_spellings_of_one_class_are_refused_until_one_is_mapped(one, other):
    sources = with_names([one], [other])
    with pytest.raises(ConfigError) as caught:
        facts_of(sources)
    advice = f"map one of them, as domains.attic.classes: {{detection: {{{other}: {one}}}}}."
    assert str(caught.value) == f"tasks.detection: `{one}` and `{other}` are two spellings of one class; {advice}"
    assert facts_of(sources, mapped("attic", **{other: one})).tasks["detection"]["class_names"] == [one]


def test_near_names_are_told():
    assert near_names(["traffic light", "car", "traffic lights"]) == [("traffic light", "traffic lights")]


def test_with_class_names_other_names_are_refused_with_a_suggestion():
    sources = with_names(["cat", "dogs"], ["cat"])
    with pytest.raises(ConfigError) as caught:
        facts_of(sources, detection(class_names=["cat", "dog"]))
    message = str(caught.value)
    assert message.startswith("domains.road: `dogs` is not among tasks.detection.class_names; did you mean `dog`?")
    assert "{detection: {dogs: dog}}" in message
    facts = facts_of(sources, detection(class_names=["cat", "dog"]), mapped("road", dogs="dog"))
    assert facts.classes["detection@road"]["values"] == {"cat": ["cat"], "dogs": ["dog"]}


def test_a_value_that_the_labels_do_not_know_is_refused():
    with pytest.raises(
        ConfigError, match="domains.road.classes.detection: unknown value of the labels `cta`; did you mean `cat`"
    ):
        facts_of(with_names(["cat"], ["dog"]), mapped("road", cta="cat"))


@pytest.mark.parametrize("given", [[], ["cat", "cat"], ["cat", "ignore"], "Ignore", "ignored", "", " ", ["cat", "*"]])
def test_a_set_has_different_classes(given):
    with pytest.raises(ConfigError, match="expected a class, a list of different classes, or `ignore`"):
        facts_of(with_names(["cat"], ["dog"]), mapped("road", cat=given))


def test_a_coarse_value_is_a_set_and_an_ignored_one_is_none():
    sources = with_names(["cat", "dog", "rest"], ["pet"])
    changes = [mapped("attic", pet=["cat", "dog"]), mapped("road", rest="ignore")]
    facts = facts_of(sources, *changes)
    assert facts.tasks["detection"]["class_sets"] == [[0, 1]]
    assert facts.classes["detection@attic"]["annotates"]["train"] == ["cat", "dog"]
    assert facts.classes["detection@road"]["values"]["rest"] == []


def test_a_class_with_the_name_of_a_set_is_refused():
    """Both would have one score in `metrics.json`."""
    sources = with_names(["cat", "dog", "cat|dog"], ["pet"])
    with pytest.raises(ConfigError, match=r"class `cat\|dog` has the name of a set of classes in scores; map it"):
        facts_of(sources, mapped("attic", pet=["cat", "dog"]))


def test_what_never_occurs_is_not_annotated_where_another_cell_has_it():
    sources = with_names(["cat", "dog"], ["cat", "dog"])
    sources["attic", "train"] = boxes_of([0, 0], ["cat", "dog"])
    facts = facts_of(sources)
    assert facts.classes["detection@attic"]["annotates"]["train"] == ["cat"]
    sources["road", "train"] = boxes_of([0, 0], ["cat", "dog"])
    facts = facts_of(sources)  # nobody has a dog: then it is a class like any other, which every set could have
    assert facts.classes["detection@attic"]["annotates"]["train"] == ["cat", "dog"]
    assert "class_sets" not in facts.tasks["detection"]


def nobody_has_a_dog(**names):
    """Sources of cats alone, whose labels know these names."""
    return {key: boxes_of([0, 0], names[key[0]]) for key in make_sources()}


def test_what_no_label_has_is_annotated_where_the_labels_know_it():
    """Elsewhere it may stand about unlabelled; and nowhere, it would take the place of the background."""
    facts = facts_of(nobody_has_a_dog(road=["cat", "dog"], attic=["cat"]))
    annotates = {cell: own["annotates"]["train"] for cell, own in facts.classes.items()}
    assert annotates == {"detection@road": ["cat", "dog"], "detection@attic": ["cat"]}
    facts = facts_of(nobody_has_a_dog(road=["cat"], attic=["cat"]), detection(class_names=["cat", "dog"]))
    assert facts.classes["detection@attic"]["annotates"]["train"] == ["cat", "dog"]


def test_what_an_earlier_network_knows_and_no_label_has_stays_unknown():
    sources, begun = nobody_has_a_dog(road=["cat", "dog"], attic=["cat"]), {"model": {"start_from": "runs/old"}}
    for changes in (detection(), detection(class_names=["cat", "dog", "owl"])):
        facts = facts_of(sources, changes, begun)
        assert {tuple(own["annotates"]["train"]) for own in facts.classes.values()} == {("cat",)}


def test_what_the_config_hides_everywhere_is_annotated_nowhere():
    hidden = {"domains": {"road": {"labels": {"hide": {"detection": ["dog"]}}}}}
    facts = facts_of(nobody_has_a_dog(road=["cat", "dog"], attic=["cat"]), hidden)
    assert {tuple(own["annotates"]["train"]) for own in facts.classes.values()} == {("cat",)}


@pytest.mark.parametrize("given", ["dog", 3, [3], ["cat", ""], {"cat": 1}])
def test_class_names_are_a_list_of_names(given):
    with pytest.raises(ConfigError, match=r"tasks.detection.*class_names.* expected a list of names, as \[car, bus\]"):
        facts_of(with_names(["cat"], ["cat"]), detection(class_names=given))


def test_the_config_says_what_is_annotated_and_a_split_says_otherwise():
    sources = with_names(["cat", "dog"], ["dog"])
    domain = {"annotates": {"detection": ["dog"]}, "splits": {"test": {"annotates": {"detection": ["cat", "dog"]}}}}
    facts = facts_of(sources, {"domains": {"road": domain}})
    annotates = facts.classes["detection@road"]["annotates"]
    assert annotates == {"train": ["dog"], "validation": ["dog"], "test": ["cat", "dog"]}
    for wrong in ([], {"detection": "cat"}, {"detection": [3]}):
        with pytest.raises(ConfigError, match="domains.road.splits.test.annotates is .*; expected a mapping of tasks"):
            facts_of(sources, {"domains": {"road": {"splits": {"test": {"annotates": wrong}}}}})
    with pytest.raises(ConfigError, match="domains.road.annotates.detection: unknown class `dgo`; did you mean `dog`"):
        facts_of(sources, {"domains": {"road": {"annotates": {"detection": ["dgo"]}}}})


def test_crowds_ignored_boxes_and_images_that_name_their_classes_need_sets():
    plain = with_names(["cat", "dog"], ["dog"])
    assert facts_of(with_names(["cat"], ["cat"])).tasks["detection"].get("class_sets") is None
    for more in ({"crowd": [np.array([True])] * 2}, {"known_classes": [np.int32([0])] * 2}):
        sources = {**plain, ("road", "train"): boxes_of([0, 1], ["cat", "dog"], **more)}
        assert facts_of(sources).tasks["detection"]["class_sets"] == []
    sources = {**plain, ("road", "train"): boxes_of([0, -1], ["cat", "dog"])}
    assert facts_of(sources).tasks["detection"]["class_sets"] == []
