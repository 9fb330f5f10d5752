import numpy as np
import pytest

from xdomain_keras.data.fixation_map import fixation_density
from xdomain_keras.data.labels import BOXES, FIXATIONS, LABELS
from xdomain_keras.data.source import Source
from xdomain_keras.evaluation import evaluator
from xdomain_keras.evaluation.evaluator import below_baseline, evaluate, evaluate_baselines, paint
from xdomain_keras.evaluation.predictor import build_predictor
from xdomain_keras.label_matrix import Cell


class Both(Source):
    """The images of `room`, of which only the even ones are gazed at."""

    def __init__(self, room, street):
        super().__init__(room.ids, [BOXES, FIXATIONS], room.names)
        self.room, self.street, self.read = room, street, []

    def read_image(self, index):
        self.read.append(index)
        return self.room.read_image(index)

    def read_labels(self, index):
        gaze = self.street.read_labels(index) if index % 2 == 0 else {}
        return {**self.room.read_labels(index), **gaze}


@pytest.fixture
def source(sources):
    return Both(sources["room"], sources["street"])


def perfect(source, seen):
    """Stands in for `predict`: knows every label."""

    def predict(predictor, tasks, samples, batch_size, kinds):
        seen.append((predictor, tuple(tasks), batch_size, kinds))
        for index, sample in enumerate(samples):
            boxes, shape = BOXES.take(sample), sample["image"].shape[:2]
            gaze = source.street.read_labels(index)["fixations_xy"]
            predictions = {
                "detection": {**boxes, "scores": np.ones(len(boxes["classes"]), np.float32)},
                "saliency": {"saliency_map": fixation_density(gaze, shape, 0.05 * shape[1])},
            }
            yield sample, predictions

    return predict


def test_perfect_predictions_score_full_marks(source, tasks, monkeypatch):
    seen = []
    monkeypatch.setattr(evaluator, "predict", perfect(source, seen))
    results, pictures = evaluate("predictor", tasks, source, "here", batch_size=3)
    boxes, gaze = Cell("detection", "here"), Cell("saliency", "here")
    assert set(results) == {boxes, gaze} and pictures == []
    assert results[boxes]["AP"] == pytest.approx(1)
    assert results[gaze]["CC"] == pytest.approx(1, abs=1e-3)
    assert seen == [("predictor", ("detection", "saliency"), 3, LABELS)] and source.read == list(range(len(source)))


def test_images_without_a_label_are_not_measured(source, tasks, monkeypatch):
    """Wrong predictions on the images that nobody gazed at leave the figures as they are."""
    monkeypatch.setattr(evaluator, "predict", perfect(source, []))
    expected, _ = evaluate(None, tasks, source, "here")

    def spoiled(*args):
        for index, (sample, predicted) in enumerate(perfect(source, [])(*args)):
            if index % 2:
                predicted["saliency"] = {"saliency_map": np.full((48, 64), np.nan, np.float32)}
            yield sample, predicted

    monkeypatch.setattr(evaluator, "predict", spoiled)
    np.testing.assert_equal(evaluate(None, tasks, source, "here")[0], expected)


def test_pictures_are_those_of_the_first_images(source, tasks, monkeypatch):
    monkeypatch.setattr(evaluator, "predict", perfect(source, []))
    _, pictures = evaluate(None, tasks, source, "here", pictures=2)
    assert [picture["id"] for picture in pictures] == source.ids[:2]
    first, second = pictures
    np.testing.assert_array_equal(first["image"], source.read_image(0))
    assert first["tasks"]["saliency"]["label"] is not None and second["tasks"]["saliency"]["label"] is None
    np.testing.assert_array_equal(
        first["tasks"]["detection"]["label"], tasks["detection"].draw(first["image"], source[0])
    )
    assert second["tasks"]["saliency"]["prediction"].shape == (48, 64, 3)


def test_painting_leaves_the_sample_as_it_is(source, tasks):
    sample = source[0]
    before = sample["image"].copy()
    _, predicted = next(perfect(source, [])(None, tasks, [sample], 1, LABELS))
    picture = paint(sample, predicted, tasks, tasks)
    np.testing.assert_array_equal(sample["image"], before)
    assert not np.array_equal(picture["tasks"]["detection"]["label"], before)


def test_a_real_predictor_is_measured(network, tasks, sources):
    task = {"detection": tasks["detection"]}
    results, pictures = evaluate(build_predictor(network, tasks), task, sources["room"], "room", pictures=1)
    assert set(results) == {Cell("detection", "room")} and 0 <= results[Cell("detection", "room")]["AP"] < 0.5
    assert set(pictures[0]["tasks"]) == {"detection"}


def test_a_baseline_is_measured_as_the_network_is_on_the_labelled_images_alone(source, tasks):
    cell = Cell("saliency", "here")
    prior = tasks["saliency"].baseline()
    for index in range(0, len(source), 2):
        prior.add(source[index])
    found = evaluate_baselines({"saliency": prior.values()}, tasks, source, "here")
    assert set(found) == {cell}  # nothing was fitted for the boxes
    metric = tasks["saliency"].metrics()
    for index in range(0, len(source), 2):
        guess = tasks["saliency"].baseline().predict(prior.values(), (48, 64))
        metric.update_state(source.street.read_labels(index), guess["saliency_map"])
    assert found[cell] == metric.result() and found[cell]["CC"] > 0


def test_without_a_baseline_no_image_is_read(source, tasks):
    assert evaluate_baselines({}, tasks, source, "here") == {}
    assert evaluate_baselines({"depth": {"mean": 3.0}}, tasks, source, "here") == {} and source.read == []
    assert list(evaluate_baselines({"detection": {}}, tasks, source, "here")) == [Cell("detection", "here")]


def test_a_network_that_is_not_above_its_baseline_is_told_so(tasks):
    here, there, boxes = Cell("saliency", "here"), Cell("saliency", "there"), Cell("detection", "here")
    baselines = {here: {"CC": 0.5, "NSS": 1.0}, there: {"CC": 0.5}, boxes: {"AP50": 0.0}}
    results = {here: {"CC": 0.499, "NSS": 2.0}, there: {"CC": 0.501}, boxes: {"AP50": 0.0}}
    assert below_baseline(results, baselines, tasks) == [
        "saliency@here: CC 0.499 is below that of the baseline, 0.500 (centre prior): the network adds nothing here.",
        "detection@here: AP50 0.000 is only equal to that of the baseline, 0.000 (no box): the network adds nothing "
        "here.",
    ]


@pytest.mark.parametrize("results", [{}, {"NSS": 1.0}, {"CC": np.nan}, {"CC": 0.6}])
@pytest.mark.parametrize("baseline", [{"CC": 0.5}, {"CC": np.nan}, {}])
def test_where_there_is_nothing_to_compare_nothing_is_said(tasks, results, baseline):
    cell = Cell("saliency", "here")
    assert below_baseline({cell: results}, {cell: baseline}, tasks) == []
    assert below_baseline({}, {cell: baseline}, tasks) == below_baseline({cell: results}, {}, tasks) == []
