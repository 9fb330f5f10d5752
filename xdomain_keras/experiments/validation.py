"""Validation while a run trains: the figures of an epoch, and the best weights."""

import time

import keras

from xdomain_keras.errors import ConfigError
from xdomain_keras.experiments.evaluate import evaluate_split
from xdomain_keras.experiments.label_free import ERRORS as LABEL_FREE_ERRORS
from xdomain_keras.experiments.label_free import label_free_scores, score_names
from xdomain_keras.experiments.validation_loss import LOSS, validation_losses, weighted_sum
from xdomain_keras.signatures import require_known
from xdomain_keras.training.callbacks import clean


def validated_domains(experiment):
    """Names of the domains that have a `validation` split."""
    return [name for name in experiment.config.domains if "validation" in experiment.splits(name)]


def measurable_cells(experiment):
    """List of (task, domain) that are measured on a `validation` split with labels."""
    return [
        (task, domain)
        for domain in validated_domains(experiment)
        for task in experiment.evaluated_tasks(domain)
        if set(experiment.tasks[task].labels) <= experiment.source(domain, "validation").labels
    ]


def check_monitor(experiment):
    """Raise a `ConfigError` where `evaluation.monitor` names nothing that validation measures."""
    monitor = experiment.config.evaluation.monitor
    if not monitor and not experiment.config.evaluation.losses:
        return
    known = {
        f"{task}@{domain}/{metric}"
        for task, domain in measurable_cells(experiment)
        for metric in experiment.tasks[task].metrics().result()
    }
    if experiment.config.evaluation.label_free:
        known |= {f"{cell}/{score}" for cell, names in score_names(experiment).items() for score in names}
    if monitor and monitor.rpartition("/")[2] == LOSS and not experiment.config.evaluation.losses:
        raise ConfigError(f"evaluation.monitor: `{monitor}` is not measured; set evaluation.losses to true.")
    if experiment.config.evaluation.losses and not known:
        raise ConfigError("evaluation.losses: nothing is validated; give a domain a `validation` split.")
    if experiment.config.evaluation.losses:
        known |= {LOSS, *(f"{cell.partition('/')[0]}/{LOSS}" for cell in known)}
    if monitor and not known:
        raise ConfigError(f"evaluation.monitor: `{monitor}` is not measured; give a domain a `validation` split.")
    if monitor:
        require_known("figure of validation", monitor, known, "evaluation.monitor")


def check_patience(experiment):
    """Raise a `ConfigError` where a stage is to end by validation, and nothing that it trains is validated."""
    evaluation = experiment.config.evaluation
    cells = [(name, task) for name in validated_domains(experiment) for task in experiment.evaluated_tasks(name)]
    named = evaluation.monitor not in (None, LOSS)
    for index, stage in enumerate(experiment.config.stages):
        part = experiment.matrix.restrict(stage.domains, stage.tasks)
        measured = any(named or (name in part.domains and part.has(name, task)) for name, task in cells)
        if stage.patience and not (evaluation.every_epochs and measured):
            raise ConfigError(
                f"stages.{index}.patience is {stage.patience}, and nothing that it trains is validated; give a domain "
                "of it a `validation` split and evaluation.every_epochs a number above 0, or leave patience out."
            )


def check_choices(experiment):
    """Raise a `ConfigError` where a task must choose by validation, and there is none."""
    for name, task in experiment.tasks.items():
        if task.needs_validation and not any(
            name in experiment.evaluated_tasks(domain) for domain in validated_domains(experiment)
        ):
            raise ConfigError(
                f"tasks.{name}: its loss does not say which channel is the object; give a domain of it a `validation` "
                "split, on which that is chosen."
            )


class Validation:
    """Measures the `validation` split of every domain that has one, and keeps the best weights."""

    def __init__(self, experiment, run):
        self.experiment, self.run = experiment, run
        self.domains = validated_domains(experiment)
        self.loss_weights = experiment.supervised_weights()
        self.begin(0)

    def begin(self, stage_index):
        """Forget the best of the stages before: weights of a stage that is not the last are no result."""
        stage = self.experiment.config.stages[stage_index]
        self.matrix = self.experiment.matrix.restrict(stage.domains, stage.tasks)
        lines = [line for line in self.run.log() if line.get("stage_index", 0) == stage_index]
        self.best, self.stale = float("-inf"), 0
        for line in lines:
            if line.get("val/score") is not None:
                self.is_best(line["val/score"])

    @property
    def found_best(self):
        """Whether this stage has chosen weights."""
        return self.best > float("-inf")

    def is_best(self, score):
        """Whether a score is the best so far; if not, it is one more since then that is not (`stale`)."""
        better = score > self.best
        self.best, self.stale = (score, 0) if better else (self.best, self.stale + 1)
        return better

    def measure(self):
        """Dict of `val/task@domain/metric` → float, with the monitored `val/score`."""
        results = self.evaluate()
        if self.settle(results):
            results = self.evaluate()
        if self.experiment.config.evaluation.label_free:
            for cell, scores in label_free_scores(self.experiment).items():
                results[cell] = {**results[cell], **scores}
        losses = validation_losses(self.experiment, self.domains) if self.experiment.config.evaluation.losses else {}
        for cell, loss in losses.items():
            results[cell] = {**results[cell], LOSS: loss}
        logs = {f"val/{cell}/{name}": value for cell, own in results.items() for name, value in own.items()}
        if losses:
            logs[f"val/{LOSS}"] = weighted_sum(losses, self.loss_weights, self.matrix)
        logs["val/score"] = self.score(logs)
        if clean(logs["val/score"]) is not None and self.is_best(logs["val/score"]):
            self.run.save_weights(self.experiment.network, self.run.best_file)
            self.run.save_choices("best", self.experiment.choices())
        return logs

    def evaluate(self):
        """Dict of task@domain → metrics of the `validation` split."""
        return evaluate_split(self.experiment, "validation", domains=self.domains)[0]

    def settle(self, results):
        """Let every task choose by its mean figures over the domains; whether one chose otherwise than before."""
        experiment, before = self.experiment, self.experiment.choices()
        for name, task in experiment.tasks.items():
            cells = [metrics for cell, metrics in results.items() if cell.split("@")[0] == name]
            if cells:
                task.settle({key: sum(metrics[key] for metrics in cells) / len(cells) for key in cells[0]})
        after = experiment.choices()
        if after != before:
            experiment.forget_predictors()
        return after != before

    def finish(self):
        """Choose for the last weights too, where validation did not look at them."""
        tasks = self.experiment.tasks.values()
        if any(task.needs_validation for task in tasks) and not self.experiment.config.evaluation.every_epochs:
            self.settle(self.evaluate())
        self.run.save_choices("last", self.experiment.choices())

    def score(self, logs):
        """The monitored metric, negated where the lower is better, or the mean of every task's main one.

        What the stage has no labels of is measured, but nothing is chosen by it: that would be to have the labels.
        """
        monitor = self.experiment.config.evaluation.monitor
        if monitor:
            cell, _, metric = monitor.rpartition("/")
            task = self.experiment.tasks.get(cell.partition("@")[0])
            errors = (*(task.errors if task else ()), *LABEL_FREE_ERRORS, LOSS)
            value = logs.get(f"val/{monitor}", float("nan"))
            return -value if metric in errors else value
        main = [
            logs[f"val/{name}@{domain}/{self.experiment.tasks[name].main_metric}"]
            for domain in self.domains
            for name in self.experiment.evaluated_tasks(domain)
            if domain in self.matrix.domains and self.matrix.has(domain, name)
        ]
        present = [value for value in main if value == value]
        return sum(present) / len(present) if present else float("-inf")


class ValidateEveryEpochs(keras.callbacks.Callback):
    """Add validation figures and seconds to the logs of an epoch, and end the stage where they rise no more."""

    def __init__(self, validation, epochs, patience=0):
        super().__init__()
        self.validation, self.epochs, self.patience = validation, epochs, patience
        self.every = validation.experiment.config.evaluation.every_epochs

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        logs["seconds"] = time.perf_counter() - self.start
        due = self.every and ((epoch + 1) % self.every == 0 or epoch + 1 == self.epochs)
        if due and self.validation.domains:
            logs.update({key: value for key, value in self.validation.measure().items() if clean(value) is not None})
            if self.patience and self.validation.stale >= self.patience:
                self.model.stop_training = True
