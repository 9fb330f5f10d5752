"""Head freeze from the command line: two stages on files, what they leave behind, and what people get wrong."""

import json

import numpy as np
import pytest

from tests.integration.experiment import (
    SIZE,
    call,
    change_config,
    make_experiment,
    make_head_freeze,
    train_experiment,
    write_experiment,
)
from xdomain_keras.experiments.domain_features import compare_domains
from xdomain_keras.experiments.load import load_run
from xdomain_keras.parts import Parts


@pytest.fixture(scope="module")
def frozen(tmp_path_factory):
    """A run of two stages: `run` and `images` (paths)."""
    done = train_experiment(tmp_path_factory.mktemp("head_freeze"), make_head_freeze)
    assert done.code == 0, done.err
    return done


def test_both_stages_are_logged_and_the_target_is_measured(frozen):
    lines = [json.loads(line) for line in (frozen.run / "log.jsonl").read_text().splitlines()]
    assert [line["stage"] for line in lines] == ["source", "both"]
    assert "labels/keypoints@photo" not in lines[0] and lines[1]["labels/keypoints@photo"] == 4
    assert all("val/normals@photo/reverse_r2" in line for line in lines)
    metrics = json.loads((frozen.run / "metrics.json").read_text())["test"]
    assert {"normals@photo", "keypoints@photo", "normals@drawn", "keypoints@drawn"} == set(metrics)
    experiment, _ = load_run(frozen.run, Parts())
    model = experiment.model
    _, panels = compare_domains(experiment.config, experiment.data, model, lambda: model.rebuild(experiment.config))
    names = [f"c3 at {name}" for name in ("left_eye", "right_eye", "nose")]
    assert [title.partition(",")[0] for title in panels] == ["c3 before", "c3 after", *names]
    assert "Features of the domains" in (frozen.run / "report.html").read_text()


def test_keypoints_are_predicted_in_pixels(frozen, tmp_path):
    code, _, err = call("predict", frozen.run, frozen.images / "a.jpg", "--out", tmp_path / "out")
    assert (code, err) == (0, "")
    rows = np.array(json.loads((tmp_path / "out" / "a.json").read_text())["keypoints"]["keypoints"])
    assert rows.shape == (3, 4) and ((rows[:, :2] >= 0) & (rows[:, :2] <= SIZE)).all()


def set_array(kind, index, value):
    """One entry of a label of image b, changed."""

    def change(parts):
        path = parts["folder"] / kind / "b.npy"
        array = np.load(path)
        array[index] = value
        np.save(path, array)

    return change


def set_config(**changes):
    return lambda parts: change_config(parts, {place.replace("__", "."): value for place, value in changes.items()})


MISTAKES = {
    "frozen layers of no name": (
        2,
        set_config(stages__1__frozen=["backbone_up9"]),
        ["part 'backbone_up9' has no layers with weights; did you mean `backbone_up"],
    ),
    "anchor without labels in one domain": (
        2,
        set_config(domains__photo__tasks=[]),
        ["(drawn: normals and keypoints, photo: nothing); name the anchor task in domains.drawn.tasks and domains"],
    ),
    "head that nothing has trained": (
        2,
        set_config(stages__0__epochs=0),
        ["stage `both` freezes `normals`, which no stage before it trains on labels of `normals`; put one"],
    ),
    "side that a flip cannot find": (
        2,
        set_config(
            domains__drawn__source__1__names=["left_eye", "rigth_eye", "nose"],
            domains__photo__source__1__names=["left_eye", "rigth_eye", "nose"],
            domains__drawn__augment={"horizontal_flip": 0.5},
        ),
        ["domains.drawn.augment", "keypoint `left_eye` has no other side among the names; rename it"],
    ),
    "keypoint outside": (
        3,
        set_array("points", (1, 0), 40),
        ["points/b.npy: keypoint 2 (right_eye): [40.0, ", "within the image of 32 x 32 px", "give it visibility 0"],
    ),
    "keypoint that is not a number": (3, set_array("points", (1, 0), np.nan), ["points/b.npy: keypoint 2 (right_eye)"]),
    "normals that are not of length 1": (
        3,
        set_array("normals", slice(0, 20), 0.5),
        ["normals/b.npy: ", "of the vectors are not of length 1 (0.87 at the median); expected that."],
    ),
    "normals with NaN": (
        3,
        set_array("normals", (3, 4, 0), np.nan),
        ["normals/b.npy: pixel [4, 3]: [nan, 0.0, -1.0] (1 such pixels); expected vectors of length 1"],
    ),
}


@pytest.mark.parametrize(("code", "break_it", "wanted"), MISTAKES.values(), ids=MISTAKES)
@pytest.mark.backend_free
def test_mistakes_are_said_in_one_line_and_nothing_is_left(code, break_it, wanted, tmp_path):
    parts = make_experiment(tmp_path)
    make_head_freeze(parts)
    break_it(parts)
    config = write_experiment(parts)
    before = set(tmp_path.rglob("*"))
    found, out, err = call("train", config, "--run", tmp_path / "run")
    assert (found, out, len(err.splitlines())) == (code, "", 1), err
    assert [text for text in wanted if text not in err] == [], err
    assert set(tmp_path.rglob("*")) == before
