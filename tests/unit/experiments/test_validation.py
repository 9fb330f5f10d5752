import contextlib
import types

import pytest

from tests.unit.experiments.small import PARTS, make_config, make_data
from xdomain_keras import tasks
from xdomain_keras.experiments.experiment import Experiment
from xdomain_keras.experiments.model import Model, build_tasks
from xdomain_keras.experiments.resolve import resolve
from xdomain_keras.experiments.validation import ValidateEveryEpochs, Validation
from xdomain_keras.label_matrix import Cell

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


def make_experiment(changes=None):
    """One whose network is a word: nothing here looks into it."""
    data = make_data(changes)
    facts = resolve(data.config, data, PARTS)
    model = Model(data.config, "network", build_tasks(data.config, facts, PARTS), None, facts.classes)
    return Experiment(data.config, PARTS, data, facts, model)


@pytest.fixture
def measured(monkeypatch):
    """Callable that makes a `Validation` whose evaluations give these AP50, one after the other."""

    def make(*values, log=(), changes=None):
        left, given = list(values), []

        def evaluate(predictor, tasks, samples, domain, batch_size, pictures, kinds):
            given.append((predictor, tuple(tasks), domain, len(list(samples)), batch_size))
            return {Cell(name, domain): {"AP50": left[0], "CC": left.pop(0), "AP": 0.25} for name in tasks}, []

        monkeypatch.setattr("xdomain_keras.experiments.model.build_predictor", lambda *_: "predictor")
        monkeypatch.setattr("xdomain_keras.experiments.evaluate.evaluate", evaluate)
        validation = Validation(make_experiment(changes), Run(log))
        validation.given = given
        return validation

    return make


def test_the_validation_split_is_measured_wherever_there_is_one(measured):
    validation = measured(0.5)
    assert validation.has_split and validation.cells == [Cell("detection", "road")]
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
    callback.set_model(types.SimpleNamespace(stop_training=False, averaged=contextlib.nullcontext))
    log = []
    for epoch in range(5):
        callback.on_epoch_begin(epoch)
        callback.on_epoch_end(epoch, logs := {})
        log.append(logs)
        assert callback.model.stop_training == (epoch == 4)
    assert measured(log=log).stale == validation.stale == 2
    assert measured(log=log[:3]).stale == 1


def test_one_metric_can_be_watched_instead(measured):
    validation = measured(0.5, changes={"evaluation": {"monitor": "detection@road/AP"}})
    assert validation.measure()["val/score"] == 0.25


def test_of_an_error_the_lowest_is_the_best(measured):
    validation = measured(0.5)
    validation.config.evaluation.monitor = "saliency@room/KL"
    scores = [validation.score({"val/saliency@room/KL": error}) for error in (4.0, 2.0, 3.0)]
    assert [validation.is_best(score) for score in scores] == [True, True, False]
    validation.config.evaluation.monitor = "saliency@room/entropy"
    assert validation.score({"val/saliency@room/entropy": 0.25}) == -0.25


def test_errors_are_metrics_of_their_task():
    size = (8, 8)
    made = [tasks.Depth("a", size), tasks.Normals("a", size), tasks.Keypoints("a", size, ["nose", "chin"])]
    made += [tasks.Regions("a", size), tasks.Saliency("a", size), tasks.SalientObject("a", size)]
    for task in made:
        assert task.errors and set(task.errors) <= task.metrics().result().keys() - {task.main_metric}


@pytest.mark.parametrize(("every", "epochs", "due"), [(1, 3, [1, 2, 3]), (2, 5, [2, 4, 5]), (3, 3, [3]), (0, 2, [])])
def test_it_is_measured_every_so_many_epochs_and_at_the_end(every, epochs, due):
    """With the averaged weights, where there are such."""
    config, done, averaging = make_config({"evaluation": {"every_epochs": every}}), [], []

    @contextlib.contextmanager
    def averaged():
        averaging.append(True)
        yield
        averaging.clear()

    def measure():
        assert averaging
        done.append(epoch + 1)
        return {"val/a@b/AP": NAN, "val/score": 0.5}

    validation = types.SimpleNamespace(config=config, has_split=True, measure=measure)
    callback = ValidateEveryEpochs(validation, epochs)
    callback.set_model(types.SimpleNamespace(averaged=averaged))
    for epoch in range(epochs):
        logs = {"loss": 1.0}
        callback.on_epoch_begin(epoch)
        callback.on_epoch_end(epoch, logs)
        assert logs["seconds"] >= 0 and "val/a@b/AP" not in logs
        assert ("val/score" in logs) == (epoch + 1 in due)
    assert done == due
    validation.has_split = False
    callback.on_epoch_end(epochs - 1, {"loss": 1.0})
    assert done == due


class Chooser:
    """A task that turns over once, when it measures less than 0."""

    needs_validation, main_metric, chosen, class_names = True, "correlation", 1, ()

    def kinds(self):
        return []

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
        def evaluate(predictor, tasks, samples, domain, batch_size, pictures, kinds):
            value = sign * (1 if tasks["detection"].chosen else -1)
            return {Cell("detection", domain): {"correlation": value}}, []

        monkeypatch.setattr("xdomain_keras.experiments.model.build_predictor", lambda *_: object())
        monkeypatch.setattr("xdomain_keras.experiments.evaluate.evaluate", evaluate)
        experiment = make_experiment({"evaluation": {"every_epochs": every_epochs}})
        experiment.model.tasks = {"detection": Chooser()}
        return Validation(experiment, Run())

    return make


@pytest.mark.parametrize(("sign", "channel"), [(1, 1), (-1, 0)])
def test_a_task_chooses_and_is_measured_as_it_chose(choosing, sign, channel):
    validation = choosing(sign)
    before = validation.model.predictor("road")
    logs = validation.measure()
    assert logs["val/detection@road/correlation"] == 1 and logs["val/score"] == 1
    assert validation.model.choices() == {"detection": {"channel": channel}}
    assert validation.run.chosen == [("best", {"detection": {"channel": channel}})]
    assert (validation.model.predictor("road") is before) == (sign == 1)


@pytest.mark.parametrize(("every_epochs", "channel"), [(0, 0), (1, 1)])
def test_the_last_weights_are_chosen_for_where_no_epoch_was_looked_at(choosing, every_epochs, channel):
    validation = choosing(-1, every_epochs)
    validation.finish()
    assert validation.run.chosen == [("last", {"detection": {"channel": channel}})]
