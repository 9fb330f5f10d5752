import cv2
import numpy as np
import pytest

from xdomain_keras.config import load_config
from xdomain_keras.data import Arrays
from xdomain_keras.errors import ConfigError
from xdomain_keras.experiments import label_free as module
from xdomain_keras.experiments.label_free import average, logged_scores
from xdomain_keras.experiments.validate import build_experiment
from xdomain_keras.experiments.validation import Validation
from xdomain_keras.label_matrix import Cell
from xdomain_keras.packaged_configs import packaged_configs
from xdomain_keras.parts import Parts

NORMALS, SEGMENTATION = Cell("normals", "photo"), Cell("segmentation", "photo")

SMALL = [
    "model.backbone={encoder: null, channels: null}",  # these tests have a network of their own, with c3 to c5
    "tasks.normals.head.tap=c3",
    "tasks.segmentation.head.tap=c3",
    "stages=[{epochs: 1}]",
    "image_size=[32, 32]",
    *(f"domains.{domain}.splits.validation.count=3" for domain in ("synthetic", "photo")),
]
# Nothing freezes then, since no task is left that both domains have.
UNLABELLED = ["domains.photo.tasks=[]", "stages=[{epochs: 1}]"]


def make(*overrides):
    return build_experiment(load_config(packaged_configs()["head_freeze/scenes"], [*SMALL, *overrides]), Parts())


def unlabelled_cells(experiment, *split):
    return module.unlabelled_cells(experiment.config, experiment.model, *split)


def score_names(experiment, *split):
    return module.score_names(experiment.config, experiment.model, *split)


def label_free_scores(experiment):
    return module.label_free_scores(experiment.config, experiment.data, experiment.model)


@pytest.fixture(scope="module")
def experiment():
    return make()


def test_cells_are_those_that_are_measured_and_not_taught(experiment):
    assert unlabelled_cells(experiment) == {NORMALS: "synthetic"}
    assert unlabelled_cells(experiment, "nowhere") == {}
    assert unlabelled_cells(make(*UNLABELLED)) == {NORMALS: "synthetic", SEGMENTATION: "synthetic"}


def test_scores_of_the_target_do_not_read_its_labels():
    """They are the same where it has none."""
    experiment = make(*UNLABELLED)
    found = label_free_scores(experiment)
    assert set(found) == {NORMALS, SEGMENTATION}
    assert set(found[NORMALS]) == {"reverse_r2"} and 0 < found[SEGMENTATION]["entropy"] <= 1
    assert all(np.isfinite(value) and value <= 1 for own in found.values() for value in own.values())
    images = [sample["image"] for sample in experiment.data.samples("photo", "validation")]
    assert len(images) == 3
    bare = make(*UNLABELLED)
    bare.data.sources.update({**experiment.data.sources, ("photo", "validation"): Arrays({"image": images})})
    assert label_free_scores(bare) == found


def test_the_entropy_of_an_anchor_that_the_target_has_labels_of_is_measured_too(experiment):
    names = {NORMALS: ["reverse_r2"], SEGMENTATION: ["entropy"]}
    assert score_names(experiment) == names
    assert {cell: list(own) for cell, own in label_free_scores(experiment).items()} == names
    assert score_names(experiment, "nowhere") == {}


def test_a_sure_map_has_no_entropy_however_small_its_parts(experiment, monkeypatch):
    """Averaged over cells first, a border of two classes would look like doubt."""
    checks = np.eye(19, dtype=np.float32)[np.indices((32, 32)).sum(0) % 2]
    monkeypatch.setattr(
        "xdomain_keras.experiments.label_free.read_maps",
        lambda *_: ([np.zeros((3, 4, 4, 2))], np.stack([checks] * 3), []),
    )
    monkeypatch.setattr("xdomain_keras.experiments.label_free.score_names", lambda *_: {SEGMENTATION: ["entropy"]})
    assert label_free_scores(experiment) == {SEGMENTATION: {"entropy": 0.0}}
    checks += 1 / 19 - checks
    assert label_free_scores(experiment)[SEGMENTATION]["entropy"] == pytest.approx(1)


def test_labels_with_nothing_known_give_no_reverse_validation(experiment, monkeypatch):
    """Masked faces may know less than half of every coarse cell: no figure, and no end of the run."""
    nothing = (np.zeros((48, 3)), np.zeros(48, bool))
    monkeypatch.setattr("xdomain_keras.experiments.label_free.true_cells", lambda *_: nothing)
    assert np.isnan(label_free_scores(experiment)[NORMALS]["reverse_r2"])


def test_a_log_is_summed_up_by_its_last_stage_and_best_epoch():
    first = {"stage_index": 0, "a/classifier/accuracy": 0.1, "val/score": 9.0, "val/normals@photo/reverse_r2": 0.9}
    last = [
        {"stage_index": 1, "a/classifier/accuracy": 0.9, "val/score": 2.0, "val/normals@photo/reverse_r2": 0.4},
        {"stage_index": 1, "a/classifier/accuracy": 0.52, "val/score": 1.0, "val/normals@photo/reverse_r2": 0.7},
        {"stage_index": 1, "a/classifier/accuracy": 0.54, "supervised/normals@photo": 3.0},
        {"stage_index": 1, "a/classifier/accuracy": 0.56},
    ]
    assert logged_scores([first, *last]) == {"a accuracy": 0.56, "a below 0.55": 0.5, "normals@photo reverse_r2": 0.4}
    assert logged_scores([]) == {} and logged_scores([{"stage_index": 0, "loss": 1.0}]) == {}


def test_they_are_logged_and_chosen_by_only_where_they_are_named(experiment, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "xdomain_keras.experiments.validation.evaluate_split",
        lambda *_, **__: ({Cell("normals", "synthetic"): {"within_30": 0.5}, NORMALS: {"within_30": 0.9}}, {}),
    )
    monkeypatch.setattr(
        "xdomain_keras.experiments.validation.label_free_scores", lambda *_: {NORMALS: {"reverse_r2": 0.25}}
    )
    run = type("Run", (), {"log": lambda self: [], "save_weights": lambda *_: None, "save_choices": lambda *_: None})()
    run.best_file = tmp_path / "best"
    for overrides, score in (([], 0.5), (["evaluation.monitor=normals@photo/reverse_r2"], 0.25)):
        each = make("domains.synthetic.tasks=[normals]", "tasks.segmentation=null", "domains.photo.tasks=[]",
                    "domains.photo.evaluate=[normals]", "evaluation.label_free=true",
                    "terms.supervised.weights=null", "stages=[{epochs: 1}]", *overrides)  # fmt: skip
        logs = Validation(each, run).measure()
        assert logs["val/normals@photo/reverse_r2"] == 0.25 and logs["val/score"] == score


def test_a_score_that_is_not_asked_for_cannot_be_watched():
    with pytest.raises(ConfigError, match="unknown figure of validation"):
        make("evaluation.label_free=false", "evaluation.monitor=normals@photo/reverse_r2")


def test_cells_are_means():
    maps = np.random.default_rng(0).normal(size=(2, 4, 9, 40)).astype(np.float32)
    rows = average(maps, (2, 3)).reshape(2, 2, 3, 40)
    np.testing.assert_allclose(rows, maps.reshape(2, 2, 2, 3, 3, 40).mean((2, 4)), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(average(maps, (4, 9)), maps.reshape(-1, 40))


def test_pixels_on_a_border_count_in_part():
    """As OpenCV's areas."""
    maps = np.random.default_rng(0).normal(size=(1, 5, 7, 3)).astype(np.float32)
    expected = cv2.resize(maps[0], (4, 3), interpolation=cv2.INTER_AREA)
    np.testing.assert_allclose(average(maps, (3, 4)).reshape(3, 4, 3), expected, atol=1e-5)
