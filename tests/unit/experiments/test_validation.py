import types

import pytest

from tests.unit.experiments.small import make_config, make_experiment, make_sources
from xdomain_keras import tasks
from xdomain_keras.errors import ConfigError
from xdomain_keras.experiments import build
from xdomain_keras.experiments.validation import (
    ValidateEveryEpochs,
    Validation,
    check_choices,
    check_monitor,
    check_patience,
)

NAN = float("nan")
STAGES = {"stages": [{"name": "first", "tasks": ["detection"]}, {"name": "second"}]}


class Run:
    """A log, and what was saved."""

    def __init__(self, log=()):
        self.lines, self.saved, self.chosen, self.best_file = list(log), [], [], "best"

    def log(self):
        return self.lines

    def save_weights(self, network, path):
        self.saved.append((network, path))

    def save_choices(self, which, choices):
        self.chosen.append((which, choices))


@pytest.fixture
def measured(monkeypatch):
    """Callable that makes a `Validation` whose evaluations give these AP50, one after the other."""

    def make(*values, log=(), changes=None):
        left, given = list(values), []

        def evaluate(predictor, tasks, source, domain, batch_size, pictures):
            given.append((predictor, tuple(tasks), domain, len(source), batch_size))
            return {f"{name}@{domain}": {"AP50": left[0], "CC": left.pop(0), "AP": 0.25} for name in tasks}, []

        monkeypatch.setattr(build, "build_predictor", lambda network, tasks, taps: "predictor")
        monkeypatch.setattr("xdomain_keras.experiments.evaluate.evaluate", evaluate)
        experiment = make_experiment(changes)
        experiment._network = "network"
        validation = Validation(experiment, Run(log))
        validation.given = given
        return validation

    return make


def test_the_validation_split_is_measured_wherever_there_is_one(measured):
    validation = measured(0.5)
    assert validation.domains == ["road"]
    logs = validation.measure()
    assert logs == {
        "val/detection@road/AP50": 0.5,
        "val/detection@road/CC": 0.5,
        "val/detection@road/AP": 0.25,
        "val/score": 0.5,
    }
    assert validation.given == [("predictor", ("detection",), "road", 6, 3)]


def test_better_weights_are_kept(measured):
    validation = measured(0.3, 0.2, 0.3, 0.4)
    saved = []
    for _ in range(4):
        validation.measure()
        saved.append(len(validation.run.saved))
    assert saved == [1, 1, 1, 2] and validation.best == 0.4 and validation.run.saved[0] == ("network", "best")


def test_a_resumed_run_remembers_its_best(measured):
    validation = measured(0.5, 0.7, log=[{"val/score": 0.6}, {"val/score": 0.1}, {"loss": 1.0}, {"val/score": None}])
    assert validation.best == 0.6
    validation.measure()
    assert validation.run.saved == []
    validation.measure()
    assert len(validation.run.saved) == 1


def test_the_score_is_the_mean_of_the_main_metrics(measured):
    validation = measured(changes={"domains": {"road": {"tasks": ["detection", "saliency"]}}})
    logs = {"val/detection@road/AP50": 0.2, "val/saliency@road/CC": 0.6, "val/saliency@road/NSS": 9.0}
    assert validation.score(logs) == pytest.approx(0.4)
    assert validation.score({**logs, "val/detection@road/AP50": NAN}) == pytest.approx(0.6)
    assert validation.score(dict.fromkeys(logs, NAN)) == float("-inf")


def test_nothing_is_chosen_by_what_training_has_no_labels_of(measured):
    validation = measured(changes={"domains": {"road": {"evaluate": ["detection", "saliency"]}}})
    assert validation.score({"val/detection@road/AP50": 0.2, "val/saliency@road/CC": 0.6}) == 0.2


def test_the_best_of_an_earlier_stage_is_forgotten(measured):
    log = [{"val/score": 0.9, "stage_index": 0}, {"val/score": 0.2, "stage_index": 1}]
    validation = measured(0.3, log=log, changes=STAGES)
    assert validation.best == 0.9 and validation.found_best
    assert not measured(0.3, log=[{"stage_index": 0, "loss": 1.0}]).found_best
    validation.begin(1)
    assert validation.best == 0.2
    validation.measure()
    assert len(validation.run.saved) == 1 and validation.best == 0.3


def test_a_stage_is_scored_by_what_it_is_taught(measured):
    validation = measured(changes={"domains": {"road": {"tasks": ["detection", "saliency"]}}, **STAGES})
    logs = {"val/detection@road/AP50": 0.2, "val/saliency@road/CC": 0.6}
    assert validation.score(logs) == 0.2
    validation.begin(1)
    assert validation.score(logs) == pytest.approx(0.4)


def test_a_stage_ends_once_its_score_has_not_risen_for_so_long(measured):
    """And one that is resumed counts on."""
    scores = [0.3, 0.4, 0.4, NAN, 0.2, 0.5]
    validation = measured(*scores)
    callback = ValidateEveryEpochs(validation, epochs=9, patience=2)
    callback.set_model(types.SimpleNamespace(stop_training=False))
    log = []
    for epoch in range(5):
        callback.on_epoch_begin(epoch)
        callback.on_epoch_end(epoch, logs := {})
        log.append(logs)
        assert callback.model.stop_training == (epoch == 4)
    assert measured(log=log).stale == validation.stale == 2
    assert measured(log=log[:3]).stale == 1


def test_patience_needs_validation():
    for changes in ({"domains": {"road": {"splits": {"validation": None}}}}, {"evaluation": {"every_epochs": 0}}):
        with pytest.raises(ConfigError, match="stages.0.patience is 3, and nothing that it trains is validated"):
            check_patience(make_experiment({**changes, "stages": [{"patience": 3}]}))
    elsewhere = {"stages": [{"patience": 3, "domains": ["attic"]}]}
    with pytest.raises(ConfigError, match="stages.0.patience is 3, and nothing that it trains is validated"):
        check_patience(make_experiment(elsewhere))
    check_patience(make_experiment({**elsewhere, "evaluation": {"monitor": "detection@road/AP50"}}))
    check_patience(make_experiment({"stages": [{"patience": 3}]}))


def test_one_metric_can_be_watched_instead(measured):
    validation = measured(0.5, changes={"evaluation": {"monitor": "detection@road/AP"}})
    assert validation.measure()["val/score"] == 0.25


def test_of_an_error_the_lowest_is_the_best(measured):
    validation = measured(0.5)
    validation.experiment.config.evaluation.monitor = "saliency@room/KL"
    scores = [validation.score({"val/saliency@room/KL": error}) for error in (4.0, 2.0, 3.0)]
    assert [validation.is_best(score) for score in scores] == [True, True, False]
    validation.experiment.config.evaluation.monitor = "saliency@room/entropy"
    assert validation.score({"val/saliency@room/entropy": 0.25}) == -0.25


def test_errors_are_metrics_of_their_task():
    size = (8, 8)
    made = [tasks.Depth("a", size), tasks.Normals("a", size), tasks.Keypoints("a", size, ["nose", "chin"])]
    made += [tasks.Regions("a", size), tasks.Saliency("a", size), tasks.SalientObject("a", size)]
    for task in made:
        assert task.errors and set(task.errors) <= task.metrics().result().keys() - {task.main_metric}


@pytest.mark.parametrize(
    ("monitor", "splits", "message"),
    [
        (
            "detection@road/Ap50",
            {},
            "unknown figure of validation `detection@road/Ap50`; did you mean `detection@road/AP50`?",
        ),
        ("saliency@road/CC", {}, "unknown figure of validation `saliency@road/CC`; "),
        ("detection@road/AP", {"validation": None}, "is not measured; give a domain a `validation` split."),
    ],
)
def test_a_monitor_that_is_not_measured_is_found_before_training(monitor, splits, message):
    changes = {"evaluation": {"monitor": monitor}, "domains": {"road": {"splits": splits}}}
    with pytest.raises(ConfigError, match="evaluation.monitor") as caught:
        check_monitor(make_experiment(changes))
    assert message in str(caught.value)


def test_a_monitor_needs_labels_to_be_measured():
    """Named, and never a number: `patience` would wait for ever, and the best would be the last."""
    changes = {"evaluation": {"monitor": "saliency@road/CC"}, "domains": {"road": {"evaluate": ["saliency"]}}}
    sources = make_sources()
    check_monitor(make_experiment(changes, sources))
    sources["road", "validation"].labels -= {"fixations_xy"}
    with pytest.raises(ConfigError, match="evaluation.monitor: `saliency@road/CC` is not measured"):
        check_monitor(make_experiment(changes, sources))


def test_a_monitor_that_is_measured_passes():
    check_monitor(make_experiment({"evaluation": {"monitor": "detection@road/AP"}}))


@pytest.mark.parametrize(("every", "epochs", "due"), [(1, 3, [1, 2, 3]), (2, 5, [2, 4, 5]), (3, 3, [3]), (0, 2, [])])
def test_it_is_measured_every_so_many_epochs_and_at_the_end(every, epochs, due):
    config, done = make_config({"evaluation": {"every_epochs": every}}), []

    def measure():
        done.append(epoch + 1)
        return {"val/a@b/AP": NAN, "val/score": 0.5}

    experiment = types.SimpleNamespace(config=config)
    validation = types.SimpleNamespace(experiment=experiment, domains=["road"], measure=measure)
    callback = ValidateEveryEpochs(validation, epochs)
    for epoch in range(epochs):
        logs = {"loss": 1.0}
        callback.on_epoch_begin(epoch)
        callback.on_epoch_end(epoch, logs)
        assert logs["seconds"] >= 0 and "val/a@b/AP" not in logs
        assert ("val/score" in logs) == (epoch + 1 in due)
    assert done == due
    validation.domains = []
    callback.on_epoch_end(epochs - 1, {"loss": 1.0})
    assert done == due


class Chooser:
    """A task that turns over once, when it measures less than 0."""

    needs_validation, main_metric, chosen = True, "correlation", 1

    def settle(self, results):
        turned = results["correlation"] < 0
        self.chosen = 1 - self.chosen if turned else self.chosen
        return turned

    def choices(self):
        return {"channel": self.chosen}

    def choose(self, choices):
        self.chosen = choices["channel"]


@pytest.fixture
def choosing(monkeypatch):
    """Callable that makes a `Validation` with a task that chooses; its correlations follow its choice."""

    def make(sign, every_epochs=1):
        def evaluate(predictor, tasks, source, domain, batch_size, pictures):
            value = sign * (1 if tasks["detection"].chosen else -1)
            return {f"detection@{domain}": {"correlation": value}}, []

        monkeypatch.setattr(build, "build_predictor", lambda network, tasks, taps: object())
        monkeypatch.setattr("xdomain_keras.experiments.evaluate.evaluate", evaluate)
        experiment = make_experiment({"evaluation": {"every_epochs": every_epochs}})
        experiment._network = "network"
        experiment._tasks = {**experiment.tasks, "detection": Chooser()}
        experiment.tasks.pop("saliency")
        return Validation(experiment, Run())

    return make


@pytest.mark.parametrize(("sign", "channel"), [(1, 1), (-1, 0)])
def test_a_task_chooses_and_is_measured_as_it_chose(choosing, sign, channel):
    validation = choosing(sign)
    before = validation.experiment.predictor("road")
    logs = validation.measure()
    assert logs["val/detection@road/correlation"] == 1 and logs["val/score"] == 1
    assert validation.experiment.choices() == {"detection": {"channel": channel}}
    assert validation.run.chosen == [("best", {"detection": {"channel": channel}})]
    assert (validation.experiment.predictor("road") is before) == (sign == 1)


@pytest.mark.parametrize(("every_epochs", "channel"), [(0, 0), (1, 1)])
def test_the_last_weights_are_chosen_for_where_no_epoch_was_looked_at(choosing, every_epochs, channel):
    validation = choosing(-1, every_epochs)
    validation.finish()
    assert validation.run.chosen == [("last", {"detection": {"channel": channel}})]


def test_a_task_that_must_choose_needs_a_validation_split(choosing):
    experiment = choosing(1).experiment
    check_choices(experiment)
    experiment.config.domains["road"].splits.pop("validation")
    with pytest.raises(ConfigError, match="tasks.detection: its loss does not say which channel is the object; give a"):
        check_choices(experiment)
