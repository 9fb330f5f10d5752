import keras
import numpy as np
import pytest
from keras import ops

from tests.unit.training import tiny
from xdomain_keras import LabelMatrix
from xdomain_keras.errors import ConfigError
from xdomain_keras.tasks import Detection
from xdomain_keras.terms import PseudoLabels, Setting, Step, Supervised
from xdomain_keras.terms.term import check_needs
from xdomain_keras.training import Stage, fit_stages

MATRIX = LabelMatrix({"road": ["detection"]})
HEAD = {"taps": ["c3", "c4"], "extras": [], "aspect_ratios": [2], "scales": [0.3, 0.6, 0.9]}


def make_task(class_sets=()):
    sets = None if class_sets is None else list(class_sets)
    return Detection("detection", tiny.SIZE, ["box", "disc"], head=HEAD, max_boxes=3, class_sets=sets)


def make_term(**options):
    """A prepared term, its network and a step of two images in which boxes are annotated and discs are not."""
    tasks = {"detection": make_task()}
    network, term = tiny.make_network(tasks), PseudoLabels(**options)
    setting = Setting(MATRIX, tasks, {})
    check_needs(term, setting)
    term.prepare(network, setting)
    source = tiny.make_source(2)
    own = [{**source[row], "known_classes": np.int32([0])} for row in range(2)]
    images = ops.convert_to_tensor(np.stack([sample["image"] for sample in own]).astype("float32"))
    targets = ops.convert_to_tensor(np.stack([tasks["detection"].encode(sample) for sample in own]))
    outputs = {"road": {"detection": network(images)["detection"]}}
    step = Step({"road": images}, {"road": {"detection": targets}}, {"road": {"detection": ops.ones(2)}}, outputs, {})
    return term, network, step


def value_of(term, step):
    ((cell, (value, count)),) = term.compute(step).items()
    assert str(cell) == "detection@road"
    return float(value), float(count)


def test_nothing_counts_before_its_time():
    term, _, step = make_term(start=0.5, threshold=0.0, doubt=0.0)
    term.begin_stage(1.0, 4)
    found = [value_of(term, step) for _ in range(4)]
    assert found[:2] == [(0, 0), (0, 0)] and all(value > 0 and count > 0 for value, count in found[2:])
    (boxes,) = term.metrics
    assert boxes.name == "pseudo_labels/boxes/detection@road" and float(boxes.result()) == found[2][1] + found[3][1]


def test_boxes_are_of_what_is_not_annotated_and_sure_enough():
    term, _, step = make_term(start=0.0, threshold=0.0, doubt=0.0)
    term.begin_stage(1.0, 4)
    assert value_of(term, step)[1] > 0
    unsure, _, step = make_term(start=0.0, threshold=0.999)
    unsure.begin_stage(1.0, 4)
    assert value_of(unsure, step)[1] == 0
    known = np.array(ops.convert_to_numpy(step.targets["road"]["detection"]))
    known[:, 0, 4:] = 1
    step.targets["road"]["detection"] = ops.convert_to_tensor(known)
    term.begin_stage(1.0, 4)
    value, count = value_of(term, step)
    assert count == 0 and abs(value) < 1e-6  # everything is annotated: nothing is left to say


def test_places_of_boxes_are_not_taught():
    """Whatever the network says of the boxes' places costs the same."""
    term, _, step = make_term(start=0.0, threshold=0.0, doubt=0.0)
    found, own = [], ops.convert_to_numpy(step.outputs["road"]["detection"])
    for shift in (0.0, 5.0):
        moved = own + shift * (np.arange(own.shape[-1]) < 4)
        step.outputs["road"]["detection"] = ops.convert_to_tensor(moved.astype("float32"))
        term.begin_stage(1.0, 4)
        found.append(value_of(term, step))
    assert found[0] == found[1] and found[0][0] > 0


def test_the_place_of_an_absent_label_says_nothing():
    term, _, step = make_term(start=0.0, threshold=0.0, doubt=0.0)
    step.weights["road"]["detection"] = ops.zeros(2)
    found = []
    for scale in (1.0, 0.0):
        step.targets["road"]["detection"] = scale * step.targets["road"]["detection"]
        term.begin_stage(1.0, 4)
        found.append(value_of(term, step))
    assert found[0] == found[1] and found[0][1] > 0


def test_the_teacher_follows_in_training_alone():
    term, network, step = make_term(start=0.0)
    term.begin_stage(1.0, 4)
    for weight in network.trainable_weights:
        weight.assign(weight + 0.5)
    before = np.array(ops.convert_to_numpy(term.teacher.copy.weights[0]))
    step.training = False
    term.compute(step)
    assert float(term.teacher.updates) == 0
    step.training = True
    term.compute(step)
    assert float(term.teacher.updates) == 1 and not term.learned_variables
    assert not np.allclose(before, ops.convert_to_numpy(term.teacher.copy.weights[0]))


@pytest.mark.parametrize("options", [{"start": 1.0}, {"threshold": -0.1}, {"decay": 1.0}, {"doubt": 2}])
def test_numbers_out_of_range_are_refused(options):
    with pytest.raises(ConfigError, match=f"terms.pseudo_labels.{next(iter(options))} is .*; expected a number from 0"):
        PseudoLabels(**options)


def test_the_two_thresholds_have_an_order():
    with pytest.raises(ConfigError, match=r"terms.pseudo_labels.doubt is 0.5; expected at most its threshold, 0.4"):
        PseudoLabels(threshold=0.4, doubt=0.5)


def test_where_everything_is_annotated_there_is_nothing_to_label():
    setting = Setting(MATRIX, {"detection": make_task(None)}, {})
    with pytest.raises(
        ConfigError, match="terms.pseudo_labels: every class of `detection` is annotated in every domain"
    ):
        check_needs(PseudoLabels(), setting)


def test_a_training_with_it_runs_and_its_teacher_is_part_of_it():
    tasks = {"detection": make_task(), "saliency": tiny.make_tasks()["saliency"]}
    network, terms = tiny.make_network(tasks), [Supervised(), PseudoLabels(start=0.5, threshold=0.1)]
    stages = [Stage("train", 2, optimizer=tiny.SGD)]
    trainer = fit_stages(network, tiny.MATRIX, terms, stages, tasks, tiny.make_mixture_of(tasks))
    assert int(terms[1].teacher.updates) == int(trainer.step) > 0
    own, teachers = (keras.ops.convert_to_numpy(each.weights[0]) for each in (network, terms[1].teacher.copy))
    assert np.isfinite(teachers).all() and not np.array_equal(own, teachers)
