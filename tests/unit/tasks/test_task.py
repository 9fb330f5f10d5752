import json

import numpy as np
import pytest

from xdomain_keras.config import ExperimentConfig
from xdomain_keras.data.labels import BOXES, DEPTH, FIXATIONS, LABELS, SALIENCY_MAP
from xdomain_keras.experiments.classes import TaskClasses
from xdomain_keras.experiments.facts import Facts
from xdomain_keras.experiments.model import build_tasks
from xdomain_keras.parts import Parts
from xdomain_keras.tasks import TASKS, Detection, Edges, Normals, Regions, Saliency, Segmentation, Task

pytestmark = pytest.mark.backend_free


class Both(Task):
    """Reads boxes, and of where people look the points or a map."""

    labels = (BOXES, (FIXATIONS, SALIENCY_MAP))


class Named(Task):
    def __init__(self, name, size, class_names=("a",), color="red"):
        super().__init__(name, size)
        self.class_names, self.color = tuple(class_names), color


def test_a_task_reads_all_of_its_labels_and_one_of_each_alternative():
    assert Both.alternatives() == [(BOXES,), (FIXATIONS, SALIENCY_MAP)]
    assert Both.kinds() == ["boxes", "fixations", "saliency_map"]
    for kinds, served in [
        (["boxes"], False),
        (["fixations", "saliency_map"], False),
        (["boxes", "fixations"], True),
        ({"saliency_map": SALIENCY_MAP, "boxes": BOXES, "depth": DEPTH}, True),
    ]:
        assert Both.is_served_by(kinds) == served


def test_an_image_is_labelled_where_all_that_a_task_reads_is_there():
    boxes = {"boxes_xyxy": np.zeros((0, 4), np.float32), "classes": np.zeros(0, np.int32)}
    gaze, density = {"fixations_xy": np.zeros((1, 2), np.float32)}, {"saliency_map": np.zeros((2, 2), np.float32)}
    task = Both("both", (8, 8))
    for sample, labelled in [
        ({}, False),
        (boxes, False),
        ({**gaze, **density}, False),
        ({"boxes_xyxy": boxes["boxes_xyxy"], **gaze}, False),  # boxes without their classes
        ({**boxes, **gaze}, True),
        ({**boxes, **density}, True),
        ({**boxes, **gaze, **density}, True),
    ]:
        assert task.has_labels(sample) == labelled


@pytest.mark.parametrize("name", TASKS)
def test_what_the_tasks_read_are_kinds_of_labels(name):
    """No task but saliency has a choice; each is served by its kinds together, and by none of the others."""
    kind = TASKS[name]
    assert all(LABELS[own] in sum(kind.alternatives(), ()) for own in kind.kinds())
    assert kind.is_served_by(kind.kinds()) and not kind.is_served_by(set(LABELS) - set(kind.kinds()))
    assert (len(kind.kinds()) > len(kind.alternatives())) == (kind is Saliency)


def test_names_of_classes_come_from_the_data_where_the_config_is_silent():
    classes = TaskClasses(["road", "sky"], {}, [])
    found = Segmentation.resolve({"stride": 2}, classes, tuple)
    assert found == {"class_names": ["road", "sky"]} and json.loads(json.dumps(found)) == found
    assert Segmentation.resolve({"class_names": None}, classes, tuple) == found
    assert Segmentation.resolve({"class_names": ["a"]}, classes, tuple) == {}
    assert Named.resolve({"color": "blue"}, classes, tuple) == found
    assert TASKS["human_parts"].resolve({}, classes, tuple) == {}  # its names are fixed
    for kind in (Both, Saliency, TASKS["depth"]):
        assert not kind.is_named() and kind.resolve({}, None, tuple) == {}


def test_sets_of_classes_come_from_the_data():
    classes = TaskClasses(["road", "sky"], {}, [[0, 1]])
    for kind in (Segmentation, TASKS["human_parts"]):
        assert kind.resolve({"class_names": ["road", "sky"]}, classes, tuple) == {"class_sets": [[0, 1]]}
    assert "class_sets" not in Named.resolve({}, classes, tuple)


def test_null_in_a_config_leaves_an_argument_to_the_data_and_anything_else_is_kept():
    tree = {
        "name": "small",
        "image_size": [32, 32],
        "domains": {"road": {"tasks": ["detection", "depth"]}},
        "tasks": {"detection": {"max_boxes": None, "class_names": ["cat"]}, "depth": {"cap": None, "scale": 3.0}},
        "stages": [{"name": "train", "epochs": 1}],
    }
    config = ExperimentConfig.model_validate(tree)
    facts = Facts({"detection": {"class_names": ["dog"], "max_boxes": 130}, "depth": {}})
    tasks = build_tasks(config, facts, Parts())
    assert tasks["detection"].max_boxes == 130 and tasks["detection"].class_names == ("cat",)
    assert tasks["depth"].cap is None and tasks["depth"].scale == 3.0


def test_a_task_promises_nothing_that_it_does_not_say():
    task = Both("both", (8, 8))
    assert (task.map_channels, task.class_names, task.classifies, task.needs_validation) == (0, (), False, False)
    assert task.baseline() is None and task.places({}) == {} and task.as_rows({"map": np.zeros((2, 2))}) is None
    assert task.choices() == {} and not task.settle({"score": 1.0})


def test_which_predictions_are_classes_which_are_rows_and_which_are_maps():
    tasks = {name: make(name) for name in TASKS}
    assert {name for name, task in tasks.items() if task.classifies} == {"human_parts", "segmentation"}
    assert {name for name, task in tasks.items() if not task.map_channels} == {
        "detection",
        "keypoints",
        "regions",  # numbers of regions mean nothing to another task
        "saliency",
    }
    assert {name: task.map_channels for name, task in tasks.items() if task.map_channels} == {
        "depth": 1,
        "edges": 1,
        "human_parts": 7,
        "normals": 3,
        "salient_object": 1,
        "segmentation": 2,
    }
    boxes = {"boxes_xyxy": np.float32([[1, 2, 3, 4]]), "scores": np.float32([0.5]), "classes": np.int32([1])}
    rows = {
        "detection": {"boxes_xyxy": [[1, 2, 3, 4]], "scores": [0.5], "classes": [1]},
        "keypoints": {"keypoints": [[1, 2, 3, 1]]},
    }
    predictions = {"detection": boxes, "keypoints": {"keypoints": np.float32([[1, 2, 3, 1]])}}
    for name, task in tasks.items():
        found = task.as_rows(predictions.get(name, {"map": np.zeros((2, 2))}))
        assert found == rows.get(name) and json.loads(json.dumps(found)) == found


def make(name):
    named = name in ("detection", "keypoints", "segmentation")
    return TASKS[name](name, (32, 32), **({"class_names": ["a", "b"]} if named else {}))


def test_only_named_points_have_places():
    sample = {"keypoints": np.float32([[3, 4, 1, 2], [9, 9, 1, 2], [5, 5, 1, 0]]), "image": np.zeros((8, 12, 3))}
    assert TASKS["keypoints"]("points", (8, 8), ["a", "b", "c"]).places(sample) == {0: (3.0, 4.0)}
    assert Detection("boxes", (32, 32), ["a"]).places(sample) == {}


@pytest.mark.parametrize(
    ("task", "value"),
    [
        (Segmentation("task", (2, 2), ["sky"]), np.int32([[-1, -1], [-1, 0]])),
        (Edges("task", (2, 2)), np.uint8([[255, 255], [255, 1]])),
        (Normals("task", (2, 2)), np.float32([[[0, 0, 0], [0, 0, 0]], [[0, 0, 0], [0, 0, -1]]])),
        (Regions("task", (2, 2)), np.int16([[[-1], [-1]], [[-1], [0]]])),
    ],
    ids=lambda each: type(each).__name__,
)
def test_a_map_of_which_nothing_is_known_is_no_label(task, value):
    """Such an image would count as one that was looked at, and lower the mean of the losses."""
    unknown = np.broadcast_to(value[0, 0], value.shape)
    assert task.has_labels({task.key: value}) and not task.has_labels({task.key: unknown}) and not task.has_labels({})
