"""What a task's class names may be, and what labels mean in domains and splits that were not trained."""

import numpy as np
import pytest

from tests.unit.experiments.small import PARTS, make_config, make_data, make_model, make_sources
from tests.unit.experiments.test_classes import BOTH, boxes_of, detection, facts_of, mapped, with_names
from xdomain_keras.config import merge
from xdomain_keras.data import Arrays
from xdomain_keras.errors import ConfigError
from xdomain_keras.experiments.class_names import background_notes, class_notes
from xdomain_keras.experiments.data import Data
from xdomain_keras.experiments.model import build_model
from xdomain_keras.experiments.resolve import resolve
from xdomain_keras.experiments.validate import build_experiment
from xdomain_keras.tasks import Segmentation


def evaluated(trained, sources, changes):
    """(tasks by domain and split as callable) of a run that was trained as it was, and is measured with changes."""
    config = make_config(trained)
    facts = resolve(config, Data(config, PARTS, sources), PARTS)
    changed = make_config(merge(trained, changes))
    model, data = build_model(changed, facts, PARTS), Data(changed, PARTS, sources)
    return lambda domain, split: (model.tasks_on(data, domain, split)["detection"], data.source(domain, split))


def test_a_set_that_was_not_trained_is_read_by_name():
    sources = {**with_names(["cat", "dog"], ["dog"]), ("new", "test"): boxes_of([0, 1], ["dog", "cat"])}
    read = evaluated(
        BOTH, sources, {"domains": {"new": {"evaluate": ["detection"], "train": False, "splits": {"test": {}}}}}
    )
    task, source = read("new", "test")
    assert task.read(source[0])["classes"].tolist() == [1] and task.read(source[1])["classes"].tolist() == [0]
    sources["new", "test"] = boxes_of([0], ["owl"])
    with pytest.raises(ConfigError, match="domains.new: `owl` is not among the classes of `detection`; .*: ignore}}"):
        read("new", "test")


def test_a_split_that_was_not_trained_is_annotated_as_its_domain_is():
    sources = with_names(["cat", "dog"], ["dog"])
    sources["attic", "more"] = sources["attic", "test"]
    task, source = evaluated(BOTH, sources, {"domains": {"attic": {"splits": {"more": {}}}}})("attic", "more")
    assert task.read(source[0])["annotated_classes"].tolist() == [1]
    wider = {"domains": {"attic": {"splits": {"more": {"annotates": {"detection": ["cat", "dog"]}}}}}}
    task, source = evaluated(BOTH, sources, wider)("attic", "more")
    assert task.read(source[0])["annotated_classes"].tolist() == [0, 1]


def test_a_set_of_classes_that_was_not_trained_is_refused():
    sources = with_names(["cat", "dog"], ["dog"])
    with pytest.raises(ConfigError, match=r"domains.attic: `dog` of .* may be one of \[cat, dog\], a set that was not"):
        evaluated(BOTH, sources, mapped("attic", dog=["cat", "dog"]))("attic", "test")


def test_a_value_that_labels_do_not_know_is_refused_after_training_too():
    read = evaluated(BOTH, with_names(["cat", "dog"], ["dog"]), mapped("road", lorry="cat"))
    with pytest.raises(ConfigError, match="domains.road.classes.detection: unknown value of the labels `lorry`"):
        read("road", "test")


def test_classes_that_mean_something_else_after_training_are_annotated_as_they_are_now():
    trained = merge(BOTH, mapped("road", dog="ignore"))
    sources = with_names(["cat", "dog"], ["dog"])
    for changes, annotated in (({}, [0]), (mapped("road", dog="dog"), [0, 1]), (mapped("road", cat="ignore"), [])):
        task, _ = evaluated(trained, sources, changes)("road", "test")
        table = getattr(task, "table", None)  # a plain table is left out: there everything is annotated
        assert list(table.annotated if table else range(2)) == annotated


def test_a_name_that_comes_twice_is_refused():
    with pytest.raises(ConfigError, match="class `cat` is named twice"):
        facts_of(with_names(["cat"], ["cat"]), detection(class_names=["cat", "dog", "cat"]))


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"classes": {"detectoin": {"cat": "dog"}}}, "domains.road.classes"),
        ({"annotates": {"detectoin": ["cat"]}}, "domains.road.annotates"),
        ({"splits": {"test": {"annotates": {"detectoin": ["cat"]}}}}, "domains.road.splits.test.annotates"),
    ],
)
def test_a_task_that_the_domain_has_not_is_refused(changes, place):
    config = make_config(merge(BOTH, {"domains": {"road": changes}}))
    with pytest.raises(ConfigError, match=f"{place}: unknown task `detectoin`; did you mean `detection`"):
        build_experiment(config, PARTS, with_names(["cat"], ["dog"]))


def test_sets_are_found_in_the_data_alone():
    with pytest.raises(ConfigError, match="tasks.detection: class_sets is found in the data"):
        facts_of(with_names(["cat", "dog"], ["dog"]), detection(class_sets=[[0, 1]]))


def points(names, **classes):
    rows = np.ones((2, len(names), 4), np.float32) * 2
    source = Arrays({"image": np.zeros((2, 32, 32, 3), np.uint8), "keypoints": rows}, {"keypoints": names})
    tree = {
        "domains": {"road": {"tasks": ["keypoints"], "classes": {"keypoints": classes}}, "attic": None},
        "tasks": {"keypoints": {}, "detection": None, "saliency": None},
    }
    data = make_data(tree, {key: source for key in make_sources()})
    return resolve(data.config, data, PARTS).classes["keypoints@road"]["values"]


def test_points_are_single_points():
    assert points(["nose", "chin"], chin="ignore") == {"nose": ["nose"], "chin": []}
    with pytest.raises(ConfigError, match="classes.keypoints.chin is .*; a point is one of the task's points"):
        points(["nose", "chin"], chin=["nose", "chin"])
    with pytest.raises(ConfigError, match="`nose` and `chin` are both `nose`; map one to `ignore`"):
        points(["nose", "chin"], chin="nose")


def notes(sources, tree):
    data = make_data(tree, sources)
    return class_notes(resolve(data.config, data, PARTS).classes, data.config.domains)


def test_classes_without_a_label_are_told():
    tree = detection(class_names=["cat", "ghost"])
    assert notes(with_names(["cat"], ["cat"]), tree) == ["detection: no label stands for `ghost`."]


def test_what_never_occurs_is_told_unless_the_config_hides_it():
    made = {"road": boxes_of([0, 0], ["cat", "dog"]), "attic": boxes_of([0, 1], ["cat", "dog"])}
    sources = {key: made[key[0]] for key in make_sources()}
    assert notes(sources, BOTH) == ["detection@road: 1 of its classes never occur in the training labels: dog."]
    hidden = {"domains": {"road": {"labels": {"hide": {"detection": ["dog"]}}}}}
    assert notes(sources, merge(BOTH, hidden)) == []


def test_labels_that_the_config_leaves_out_are_told():
    tree = merge(BOTH, {"domains": {"road": {"annotates": {"detection": ["cat"]}}}})
    assert notes(with_names(["cat", "dog"], ["cat", "dog"]), tree) == [
        "detection@road: 1 labels of `dog` are not taught, since `annotates` leaves it out."
    ]


@pytest.mark.parametrize(("rest", "told"), [("void", True), ("Background", False)])
def test_pixels_that_are_taught_as_the_rest_are_told(rest, told):
    """Sky is annotated in one half alone, and stands in the other as what its makers call the rest."""
    task = Segmentation("segmentation", (8, 8), [rest, "sky"])
    cells = {"a": {"annotates": {"train": [rest, "sky"]}}, "b": {"annotates": {"train": [rest]}}}
    assert background_notes(task, cells) == told * [
        "segmentation: `b` does not annotate `sky`, and no class is called `background`; pixels of them are taught as "
        "what they are labelled there. Name what stands for everything else in tasks.segmentation.background."
    ]


def test_rare_classes_are_those_of_the_task():
    """A rare value that is ignored makes no image rarer, and two values that are one class are counted together."""
    sources = with_names(["cat", "dog", "rubbish", "hound"], ["dog"])
    sources["road", "train"] = boxes_of([0, 0, 0, 0, 0, 0, 2, 1, 3], ["cat", "dog", "rubbish", "hound"])
    changes = merge(BOTH, mapped("road", rubbish="ignore", hound="dog"))
    changes = merge(changes, {"domains": {"road": {"oversample": {"detection": 0.5}}}})
    model, data = make_model(changes, sources), make_data(changes, sources)
    factors = data.domain("road", model.tasks_on(data, "road", "train")).factors
    np.testing.assert_allclose(factors, [1] * 7 + [1.5] * 2)


def test_choices_are_made_where_one_cell_has_coarse_labels():
    """Every cell has the same names of scores, whatever its labels: a mean over cells needs it."""
    sources = with_names(["cat", "dog"], ["pet"])
    changes = merge(BOTH, mapped("attic", pet=["cat", "dog"]))
    model, data = make_model(changes, sources), make_data(changes, sources)
    nothing = {"boxes_xyxy": np.zeros((0, 4)), "classes": np.zeros(0, int), "scores": np.zeros(0)}
    results = {}
    for domain in ("road", "attic"):
        task = model.tasks_on(data, domain, "test")["detection"]
        metric = task.metrics()
        task.measure(metric, data.source(domain, "test")[0], nothing)
        results[domain] = metric.result()
    assert results["road"].keys() == results["attic"].keys() and "AP[cat|dog]" in results["road"]
