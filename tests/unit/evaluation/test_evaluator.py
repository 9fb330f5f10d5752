import numpy as np
import pytest

from xdomain_keras.data.fixation_map import fixation_density
from xdomain_keras.data.labels import BOXES, FIXATIONS
from xdomain_keras.data.source import Source
from xdomain_keras.evaluation import evaluator
from xdomain_keras.evaluation.evaluator import evaluate, paint
from xdomain_keras.evaluation.predictor import build_predictor


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

    def predict(predictor, tasks, images, batch_size):
        seen.append((predictor, tuple(tasks), batch_size))
        for index, image in enumerate(images):
            labels, shape = source.read_labels(index), image.shape[:2]
            boxes = {"boxes_xyxy": labels["boxes_xyxy"], "classes": labels["classes"]}
            gaze = source.street.read_labels(index)["fixations_xy"]
            yield {
                "detection": {**boxes, "scores": np.ones(len(boxes["classes"]), np.float32)},
                "saliency": {"saliency_map": fixation_density(gaze, shape, 0.05 * shape[1])},
            }

    return predict


def test_perfect_predictions_score_full_marks(source, tasks, monkeypatch):
    seen = []
    monkeypatch.setattr(evaluator, "predict", perfect(source, seen))
    results, pictures = evaluate("predictor", tasks, source, "here", batch_size=3)
    assert set(results) == {"detection@here", "saliency@here"} and pictures == []
    assert results["detection@here"]["AP"] == pytest.approx(1)
    assert results["saliency@here"]["CC"] == pytest.approx(1, abs=1e-3)
    assert seen == [("predictor", ("detection", "saliency"), 3)] and source.read == list(range(len(source)))


def test_images_without_a_label_are_not_measured(source, tasks, monkeypatch):
    """Wrong predictions on the images that nobody gazed at leave the figures as they are."""
    monkeypatch.setattr(evaluator, "predict", perfect(source, []))
    expected, _ = evaluate(None, tasks, source, "here")

    def spoiled(*args):
        for index, predicted in enumerate(perfect(source, [])(*args)):
            if index % 2:
                predicted["saliency"] = {"saliency_map": np.full((48, 64), np.nan, np.float32)}
            yield predicted

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
    predicted = next(perfect(source, [])(None, tasks, [sample["image"]], 1))
    picture = paint(sample, predicted, tasks, tasks)
    np.testing.assert_array_equal(sample["image"], before)
    assert not np.array_equal(picture["tasks"]["detection"]["label"], before)


def test_a_real_predictor_is_measured(network, tasks, sources):
    task = {"detection": tasks["detection"]}
    results, pictures = evaluate(build_predictor(network, tasks), task, sources["room"], "room", pictures=1)
    assert set(results) == {"detection@room"} and 0 <= results["detection@room"]["AP"] < 0.5
    assert set(pictures[0]["tasks"]) == {"detection"}
