import json
import types

import cv2
import numpy as np
import pytest

from tests.unit.apps.apps import call
from tests.unit.data.readers.files import write_image
from tests.unit.experiments.small import make_config
from xdomain_keras.apps import predict
from xdomain_keras.errors import ConfigError, DataError
from xdomain_keras.experiments.model import Model

POINTS = {"keypoints": np.float32([[1, 2, 3, 0.5]])}
BOXES = {
    "boxes_xyxy": np.float32([[1, 2, 3, 4]]),
    "scores": np.float32([0.5]),
    "classes": np.int32([0]),
}


class Task:
    """Draws the picture in one grey; a prediction that is not a map is rows."""

    def __init__(self, grey, is_map=False):
        self.grey, self.is_map = grey, is_map

    def as_rows(self, prediction):
        return None if self.is_map else {key: value.tolist() for key, value in prediction.items()}

    def draw(self, image, prediction):
        return np.full_like(image, self.grey)


@pytest.fixture
def painted(monkeypatch):
    """A run of three tasks that predicts one box, a map and a keypoint; the shapes of the images that it saw."""
    tasks, seen = {"detection": Task(40), "saliency": Task(80, is_map=True), "pose": Task(9)}, []

    def predicted(predictor, tasks, samples):
        for sample in samples:
            shape = sample["image"].shape
            seen.append(shape)
            yield sample, {"detection": BOXES, "saliency": {"saliency_map": np.zeros(shape[:2])}, "pose": POINTS}

    config = make_config()
    experiment = types.SimpleNamespace(config=config, model=Model(config, None, tasks, None, {}))
    monkeypatch.setattr("xdomain_keras.experiments.load.load_run", lambda *given: (experiment, None))
    monkeypatch.setattr("xdomain_keras.experiments.model.build_predictor", lambda *given: None)
    monkeypatch.setattr("xdomain_keras.evaluation.predictor.predict", predicted)
    return seen


def test_each_image_is_painted_and_its_boxes_and_points_are_written(painted, run_folder, tmp_path):
    write_image(tmp_path / "in" / "b.png", 20, 30)
    write_image(tmp_path / "in" / "a.png", 10, 12)
    (tmp_path / "in" / "notes.txt").write_text("mine")
    out = tmp_path / "deep" / "out"
    printed = call(predict, run_folder.path, tmp_path / "in", "--out", out)
    assert painted == [(10, 12, 3), (20, 30, 3)] and len(printed.splitlines()) == 2
    names = {f"{stem}{end}" for stem in "ab" for end in ("_detection.png", "_saliency.png", "_pose.png", ".json")}
    assert {path.name for path in out.iterdir()} == names
    picture = cv2.imread(str(out / "b_saliency.png"))
    assert picture.shape == (20, 30, 3) and (picture == 80).all()
    assert json.loads((out / "a.json").read_text()) == {
        "detection": {"boxes_xyxy": [[1, 2, 3, 4]], "scores": [0.5], "classes": [0]},
        "pose": {"keypoints": [[1, 2, 3, 0.5]]},
    }


def test_two_images_of_one_name_would_overwrite_each_other(painted, run_folder, tmp_path):
    write_image(tmp_path / "a.png")
    write_image(tmp_path / "other" / "a.jpg")
    with pytest.raises(ConfigError, match="other/a.jpg: another image is called `a` too"):
        call(predict, run_folder.path, tmp_path / "a.png", tmp_path / "other", "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_without_images_is_named(painted, run_folder, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="empty: holds no .jpg, .jpeg or .png"):
        call(predict, run_folder.path, tmp_path / "empty", "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_missing_image_is_named_before_anything_is_written(painted, run_folder, tmp_path):
    write_image(tmp_path / "a.png")
    with pytest.raises(DataError, match="none.png: missing"):
        call(predict, run_folder.path, tmp_path / "a.png", tmp_path / "none.png", "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_images_of_a_folder_come_in_order(tmp_path):
    for name in ("b.JPG", "a.jpeg", "c.png", "d.gif"):
        (tmp_path / name).touch()
    assert [path.name for path in predict.image_files(tmp_path)] == ["a.jpeg", "b.JPG", "c.png"]
    assert predict.image_files(tmp_path / "d.gif") == [tmp_path / "d.gif"]  # named by itself, it is tried


def test_a_file_is_no_folder_to_write_to(painted, run_folder, tmp_path):
    write_image(tmp_path / "a.png", 10, 12)
    (tmp_path / "out").write_text("mine")
    with pytest.raises(ConfigError, match="out: is a file; choose another folder with --out"):
        call(predict, run_folder.path, tmp_path / "a.png", "--out", tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"
