import json
import shutil

import keras
import numpy as np
import pytest

from tests.unit.experiments.conftest import patch_backbone
from tests.unit.experiments.small import PARTS, make_config, make_model, make_sources
from tests.unit.training import tiny
from xdomain_keras.data import Arrays, DataFault
from xdomain_keras.errors import ConfigError, DataError
from xdomain_keras.experiments.load import load_run
from xdomain_keras.experiments.run_folder import RunFolder
from xdomain_keras.experiments.train import train


class Stop(keras.callbacks.Callback):
    """Ctrl-C in the middle of the second epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        if self.epoch == 1 and batch == 1:
            raise KeyboardInterrupt


def without_seconds(lines):
    return [{key: value for key, value in line.items() if key != "seconds"} for line in lines]


@pytest.mark.every_backend
def test_a_run_is_logged_measured_and_reported(finished):
    run = finished.run
    assert [(line["stage"], line["stage_index"], line["epoch"]) for line in run.log()] == [
        ("train", 0, 1),
        ("train", 0, 2),
    ]
    for line in run.log():
        assert line["loss"] > 0 and line["labels/detection@road"] == 6 and line["val/detection@road/AP50"] >= 0
        assert line["seconds"] > 0 and not [key for key in line if key.startswith("val/") and "attic" in key]
    assert set(run.metrics()) == {"validation", "test", "validation, baseline", "test, baseline"}
    assert run.report_file.exists() and run.checkpoint_file.exists() and run.last_file.exists()
    assert run.config() == make_config() and run.backend() == tiny.keras.backend.backend()


def test_training_moved_the_weights(finished):
    trained = load_run(finished.run.path, PARTS, "last")[0].model.network
    assert not tiny.same(tiny.arrays_of(trained), tiny.arrays_of(make_model().network))


def test_a_run_keeps_what_its_data_decided(finished):
    facts, made = finished.run.facts(), finished.run.environment()
    assert facts.tasks == {"detection": {"class_names": ["box", "disc"], "max_boxes": 3}, "saliency": {}}
    assert {name: own["name"] for name, own in facts.baselines.items()} == {
        "detection": "no box",
        "saliency": "centre prior",
    }
    assert (facts.backend, facts.versions) == (made["backend"], made["versions"]) and facts.parts == []
    assert facts.backend == keras.backend.backend()


def test_a_run_that_goes_on_keeps_its_facts(finished, tmp_path, monkeypatch):
    """Baselines are not fitted anew, and what the sources are called now counts for nothing."""
    shutil.copytree(finished.run.path, tmp_path / "run")
    monkeypatch.setattr("xdomain_keras.experiments.train.fit_baselines", lambda *_: pytest.fail("fitted anew"))
    run = train(None, tmp_path / "run", resume=True, report=False, sources=finished.sources)
    assert run.facts() == finished.run.facts()


def test_a_run_that_goes_on_knows_its_classes_by_name(finished, tmp_path):
    """The data were numbered anew meanwhile: their first name is the second of the network's."""
    shutil.copytree(finished.run.path, tmp_path / "run")
    renumbered = {}
    for key, source in finished.sources.items():
        arrays = {**source.arrays, "classes": [1 - each for each in source.arrays["classes"]]}
        renumbered[key] = Arrays(arrays, ["disc", "box"])
    run = train(None, tmp_path / "run", resume=True, sources=renumbered)
    assert run.facts() == finished.run.facts() and run.metrics() == finished.run.metrics()


@pytest.mark.every_backend
def test_an_interrupted_run_ends_as_if_it_had_not_been(finished, tmp_path):
    """With a line in the log that the checkpoint does not know of, as a crash between the two leaves it."""
    seen = []

    def interrupt(index, stage, trainer):
        seen.append((index, stage.name, type(trainer).__name__))
        return [Stop()]

    with pytest.raises(KeyboardInterrupt):
        train(make_config(), tmp_path / "run", extra_callbacks=[interrupt], sources=finished.sources)
    run = RunFolder(tmp_path / "run")
    assert seen == [(0, "train", "Trainer")] and [line["epoch"] for line in run.log()] == [1]
    assert not run.last_file.exists() and not run.report_file.exists()
    run.log_file.write_text(run.log_file.read_text() + '{"stage_index": 0, "epoch": 2, "loss": 9e9}\n')
    resumed = train(None, run.path, resume=True, sources=finished.sources)
    assert without_seconds(resumed.log()) == without_seconds(finished.run.log())
    assert resumed.metrics() == finished.run.metrics() and resumed.report_file.exists()
    ends = [load_run(path, PARTS, "last")[0].model.network for path in (run.path, finished.run.path)]
    assert tiny.same(*map(tiny.arrays_of, ends))


class StopInSecond(keras.callbacks.Callback):
    """In the second stage: before its first checkpoint, or when it has chosen other best weights already."""

    def __init__(self, when):
        super().__init__()
        self.when = when

    def on_train_batch_begin(self, batch, logs=None):
        if self.when == "batch" and batch == 1:
            raise KeyboardInterrupt

    def on_epoch_end(self, epoch, logs=None):
        if self.when == "epoch":
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def ended_early(finished, tmp_path_factory):
    """(config, run, weights at the beginning of the second stage) of one whose first stage ends by validation."""
    config = make_config(
        {
            "stages": [{"name": "first", "epochs": 6, "patience": 1}, {"name": "second", "epochs": 1}],
            "evaluation": {"monitor": "detection@road/AP50"},
        }
    )
    begun, folder = [], tmp_path_factory.mktemp("ended_early")

    def look(index, stage, trainer):
        if index:
            begun.append(tiny.arrays_of(trainer.network))
            shutil.copy(folder / "run" / "best.weights.h5", folder / "first.weights.h5")
        return []

    with pytest.MonkeyPatch.context() as patch:
        patch_backbone(patch)
        run = train(config, folder / "run", report=False, extra_callbacks=[look], sources=finished.sources)
    return config, run, begun[0], folder / "first.weights.h5"


def test_the_stage_after_one_that_ended_early_begins_with_its_best_weights(ended_early, finished):
    _, run, begun, best = ended_early
    lines = [line for line in run.log() if line["stage"] == "first"]
    scores = [line["val/score"] for line in lines]
    assert [line["epoch"] for line in lines] == list(range(1, len(lines) + 1)) and 2 <= len(lines) < 6
    assert scores[-1] <= max(scores[:-1]) and run.log()[-1]["stage"] == "second"
    network = load_run(run.path, PARTS, "last")[0].model.network
    network.load_weights(best)
    assert tiny.same(begun, tiny.arrays_of(network))


def test_the_best_weights_are_of_the_last_stage_or_are_not(finished, tmp_path):
    """The last one here trains what nobody measures: the first one's best are not a result."""
    stages = [{"name": "road", "epochs": 1, "domains": ["road"]}, {"name": "attic", "epochs": 1, "domains": ["attic"]}]
    seen = []
    run = train(
        make_config({"stages": stages}),
        tmp_path / "run",
        report=False,
        extra_callbacks=[lambda index, *_: seen.append((tmp_path / "run/best.weights.h5").exists()) or []],
        sources=finished.sources,
    )
    assert seen == [False, True] and run.weights() == run.last_file and not run.best_file.exists()


@pytest.mark.parametrize("when", ["batch", "epoch"])
def test_a_stage_that_ended_early_is_done_for_who_resumes(ended_early, finished, tmp_path, when):
    config, whole, *_ = ended_early
    with pytest.raises(KeyboardInterrupt):
        train(
            config,
            tmp_path / "run",
            report=False,
            extra_callbacks=[lambda index, *_: [StopInSecond(when)] * index],
            sources=finished.sources,
        )
    resumed = train(None, tmp_path / "run", resume=True, report=False, sources=finished.sources)
    assert without_seconds(resumed.log()) == without_seconds(whole.log())
    ends = [load_run(run.path, PARTS, "last")[0].model.network for run in (resumed, whole)]
    assert tiny.same(*map(tiny.arrays_of, ends))


def test_a_run_that_was_stopped_before_its_first_checkpoint_begins_anew(finished, tmp_path, monkeypatch):
    """The line of its only epoch goes."""
    shutil.copytree(finished.run.path, tmp_path / "run")
    run, given = RunFolder(tmp_path / "run"), []
    run.checkpoint_file.unlink()
    monkeypatch.setattr(
        "xdomain_keras.experiments.train.fit_stages",
        lambda *_, checkpoint, **options: given.append((checkpoint, run.log())),
    )
    train(None, run.path, resume=True, report=False, sources=finished.sources)
    assert given == [(None, [])]


def test_a_run_is_balanced_as_the_config_says(finished, tmp_path):
    changes = {"balancing": {"name": "mgda"}, "stages": [{"epochs": 1}]}
    run = train(make_config(changes), tmp_path, report=False, sources=finished.sources)
    (line,) = run.log()
    assert line["balance/detection"] + line["balance/saliency"] == pytest.approx(1, rel=1e-4)
    assert run.config().balancing == {"name": "mgda"}


def test_the_report_can_be_left_out(finished, tmp_path):
    run = train(make_config({"stages": [{"epochs": 0}]}), tmp_path, report=False, sources=finished.sources)
    assert {path.name for path in run.path.iterdir()} == {
        "config.yaml",
        "environment.json",
        "facts.json",
        "last.weights.h5",
    }


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"stages": [{"domains": ["raod"]}]}, ConfigError, "raod"),
        ({"stages": [{"terms": ["mmd"]}]}, ConfigError, "stage `train`: unknown term `mmd`"),
        ({"optimizer": {"learning_rat": 1}}, ConfigError, "stages.0.optimizer: unknown key `learning_rat`"),
        ({"balancing": {"name": "pcgard"}}, ConfigError, "balancing: unknown name `pcgard`; did you mean `pcgrad`"),
        ({}, DataError, "b.png: cut off"),
    ],
)
def test_what_cannot_be_run_leaves_nothing(changes, error, message, tmp_path):
    sources = make_sources()
    if not changes:
        sources["road", "train"].faults.append(DataFault("b.png", "", "cut off.").fault)
    with pytest.raises(error, match=message):
        train(make_config(changes), tmp_path / "run", sources=sources)
    assert not (tmp_path / "run").exists()


def test_images_are_not_decoded_first_where_the_config_says_so(tmp_path, monkeypatch):
    asked = []

    def find_faults(config, data, tasks, decode):
        asked.append(decode)
        raise DataError("enough")

    monkeypatch.setattr("xdomain_keras.experiments.validate.find_faults", find_faults)
    for decode in (True, False):
        with pytest.raises(DataError, match="enough"):
            train(make_config({"loader": {"check_images": decode}}), tmp_path / "run", sources=make_sources())
    assert asked == [True, False]


def test_the_same_seed_gives_the_same_start(tmp_path, finished):
    """Building anything before, as a notebook does, changes nothing."""
    np.random.default_rng(0).uniform()
    keras.utils.set_random_seed(99)
    changes = {"stages": [{"epochs": 0}]}
    for name in ("a", "b"):
        train(make_config(changes), tmp_path / name, report=False, sources=finished.sources)
    networks = [load_run(tmp_path / name, PARTS)[0].model.network for name in ("a", "b")]
    assert tiny.same(*map(tiny.arrays_of, networks))


def test_hidden_labels_are_kept_with_the_run_and_may_not_change(tmp_path):
    sources, path = make_sources(), tmp_path / "labels.json"
    ids = sources["road", "train"].ids
    path.write_text(json.dumps({image: ["detection"] for image in ids[:4]}))
    config = make_config({"domains": {"road": {"labels": {"file": str(path)}}}})
    run = train(config, tmp_path / "run", report=False, sources=sources)
    assert [line["labels/detection@road"] for line in run.log()] == [4, 4]
    stored = json.loads(run.labels_file.read_text())
    assert stored["road"]["count"] == {"detection": 4} and stored["road"]["rows"][ids[5]] == []
    path.write_text(json.dumps({image: ["detection"] for image in ids[:3]}))
    with pytest.raises(DataError, match="labels.json: road: digest"):
        train(config, tmp_path / "run", resume=True, report=False, sources=sources)


def test_a_label_file_that_is_wrong_leaves_no_run(tmp_path):
    path = tmp_path / "labels.json"
    path.write_text('{"nowhere": ["detection"]}')
    config = make_config({"domains": {"road": {"labels": {"file": str(path)}}}})
    with pytest.raises(DataError, match="labels.json: nowhere: is not an image of this split"):
        train(config, tmp_path / "run", sources=make_sources())
    assert not (tmp_path / "run").exists()
