import json

import numpy as np
import pytest

from tests.unit.experiments.small import PARTS, make_data, make_model, make_sources
from tests.unit.training import tiny
from xdomain_keras.data import Arrays
from xdomain_keras.errors import ConfigError
from xdomain_keras.experiments.facts import Facts, parse_facts
from xdomain_keras.experiments.resolve import FITTED, fit_baselines, resolve

OPEN = {"tasks": {"detection": {"max_boxes": None}}}


def facts_of(changes=None, sources=None, **options):
    data = make_data(changes, sources)
    return resolve(data.config, data, PARTS, **options).tasks


def baselines_of(changes=None, sources=None):
    data = make_data(changes, sources)
    return fit_baselines(data.config, data, make_model(changes, data.sources))


def test_names_are_those_of_the_data_or_of_the_config():
    assert facts_of()["detection"]["class_names"] == ["box", "disc"]
    assert "class_names" not in facts_of({"tasks": {"detection": {"class_names": ["disc", "box"]}}})["detection"]
    assert facts_of()["saliency"] == {}


def test_no_data_are_read_where_the_config_says_all():
    named = {"tasks": {"detection": {"class_names": ["cat"]}}}
    assert facts_of(named, {}, read_labels=False) == {"detection": {"max_boxes": 3}, "saliency": {}}
    with pytest.raises(ConfigError, match="domains.road.splits.train: `reader` is missing"):
        facts_of(named, {})  # boxes are counted


def crowded(counts):
    """Images with so many boxes each."""
    boxes = [np.tile(np.float32([2, 2, 9, 9]), (count, 1)) for count in counts]
    classes = [np.zeros(count, np.int32) for count in counts]
    return Arrays(
        {"image": np.zeros((len(counts), 32, 32, 3), np.uint8), "boxes_xyxy": boxes, "classes": classes}, ["a"]
    )


def test_there_is_room_for_the_image_with_most_boxes_of_training_and_validation():
    sources = make_sources()
    assert facts_of(OPEN, sources)["detection"]["max_boxes"] == 100
    sources["road", "validation"] = crowded([1, 120, 3])
    sources["road", "test"] = crowded([200])  # which nobody may look at
    assert facts_of(OPEN, sources)["detection"]["max_boxes"] == 120


def test_boxes_beyond_the_room_that_the_config_gives_are_named():
    sources = make_sources()
    sources["road", "train"] = crowded([5, 1, 4])
    with pytest.raises(ConfigError) as caught:
        facts_of(sources=sources)
    assert str(caught.value) == (
        "tasks.detection: max_boxes is 3, but 2 image(s) have more boxes, road/train 0 with 5 the most; set max_boxes "
        "to 5, or leave it out."
    )


def test_baselines_are_fitted_to_what_is_trained():
    fitted = baselines_of()
    assert fitted["detection"] == {"name": "no box", "values": {}}
    assert fitted["saliency"]["name"] == "centre prior" and set(fitted["saliency"]["values"]) == {"grid", "float32"}
    assert json.loads(json.dumps(fitted)) == fitted
    assert set(baselines_of({"domains": {"attic": {"train": False}}})) == {"detection"}


def test_the_prior_is_learnt_on_the_training_images_alone():
    """All look at one corner in training, and at the other in the test."""
    corner, other = ([np.float32([[x, 4], [x + 1, 5]])] * 6 for x in (4, 26))
    sources, prior = make_sources(), make_model().tasks["saliency"].baseline()
    for split, gaze in (("train", corner), ("test", other)):
        sources["attic", split] = tiny.make_source(fixations_xy=gaze)
    density = prior.predict(baselines_of(sources=sources)["saliency"]["values"], (32, 32))["saliency_map"]
    row, column = np.unravel_index(density.argmax(), density.shape)
    assert abs(row - 4.5) <= 1 and abs(column - 4.5) <= 1 and density[:, 24:].max() < 0.01


def test_hidden_labels_teach_no_baseline():
    """Half of the images look left, and the config hides just those."""
    gaze = [np.float32([[4, 16]]), np.float32([[27, 16]])] * 3
    sources, prior = make_sources(), make_model().tasks["saliency"].baseline()
    sources["attic", "train"] = tiny.make_source(fixations_xy=gaze)
    data = make_data({"domains": {"attic": {"labels": {"regime": "one"}}}}, sources)
    visible = type("Visible", (), {"has": lambda self, image, task: int(image) % 2 == 1})()
    data.availability = lambda domain: visible if domain == "attic" else None
    fitted = fit_baselines(data.config, data, make_model(sources=sources))
    density = prior.predict(fitted["saliency"]["values"], (32, 32))["saliency_map"]
    assert density[16, 27] > 0.5 and density[:, :10].max() < 0.01


def test_a_task_whose_labels_are_all_missing_has_no_baseline():
    sources = make_sources()
    sources["attic", "train"] = Arrays({"image": np.zeros((3, 32, 32, 3), np.uint8)})
    assert set(baselines_of(sources=sources)) == {"detection"}


def test_of_many_images_some_are_looked_at(monkeypatch):
    """Evenly, from the first to the last."""
    seen, data = [], make_data()
    samples = data.samples
    monkeypatch.setattr("xdomain_keras.experiments.resolve.FITTED", 3)
    data.samples = lambda domain, split, rows: seen.append((domain, split, list(rows))) or samples(domain, split, rows)
    fit_baselines(data.config, data, make_model(sources=data.sources))
    assert seen == [("road", "train", [0, 2, 5]), ("attic", "train", [0, 2, 5])] and FITTED == 1000


def test_what_was_resolved_and_fitted_comes_back_from_its_text():
    data = make_data()
    classes = resolve(data.config, data, PARTS).classes
    facts = Facts(facts_of(), classes, baselines_of(), "torch")
    assert "detection@road" in classes
    assert parse_facts(facts.as_json(), "facts.json") == facts
