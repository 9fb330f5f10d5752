"""Validation while a run trains: the figures of an epoch, and the best weights."""

import time

import keras

from xdomain_keras.experiments.cells import domains_with, measured_cells, trained_matrix
from xdomain_keras.experiments.evaluate import evaluate_split
from xdomain_keras.experiments.label_free import ERRORS as LABEL_FREE_ERRORS
from xdomain_keras.experiments.label_free import label_free_scores
from xdomain_keras.experiments.plan import supervised_weights
from xdomain_keras.experiments.validation_loss import LOSS, validation_losses, weighted_sum
from xdomain_keras.label_matrix import Cell
from xdomain_keras.training.callbacks import clean


class Validation:
    """Measures the `validation` split of every domain that has one, and keeps the best weights.

    Args:
        experiment: `Experiment`.
        run: `RunFolder`.
    """

    def __init__(self, experiment, run):
        self.config, self.data, self.model, self.run = experiment.config, experiment.data, experiment.model, run
        self.cells = measured_cells(self.config, "validation")
        self.has_split = bool(domains_with(self.config, "validation"))
        self.loss_weights = supervised_weights(self.config, experiment.parts)
        self.begin(0)

    def begin(self, stage_index):
        """Forget the best of the stages before: weights of a stage that is not the last are not a result."""
        stage = self.config.stages[stage_index]
        self.matrix = trained_matrix(self.config).restrict(stage.domains, stage.tasks)
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
        if self.model.settle(results):
            results = self.evaluate()
        if self.config.evaluation.label_free:
            for cell, scores in label_free_scores(self.config, self.data, self.model).items():
                results[cell] = {**results[cell], **scores}
        losses = validation_losses(self.config, self.data, self.model) if self.config.evaluation.losses else {}
        for cell, loss in losses.items():
            results[cell] = {**results[cell], LOSS: loss}
        logs = {f"val/{cell}/{name}": value for cell, own in results.items() for name, value in own.items()}
        if losses:
            logs[f"val/{LOSS}"] = weighted_sum(losses, self.loss_weights, self.matrix)
        logs["val/score"] = self.score(logs)
        if clean(logs["val/score"]) is not None and self.is_best(logs["val/score"]):
            self.run.save_weights(self.model.network, self.run.best_file)
            self.run.save_choices("best", self.model.choices())
        return logs

    def evaluate(self):
        """Dict of `Cell` → metrics of the `validation` split."""
        return evaluate_split(self.config, self.data, self.model, "validation")[0]

    def finish(self):
        """Choose for the last weights too, where validation did not look at them."""
        tasks = self.model.tasks.values()
        if any(task.needs_validation for task in tasks) and not self.config.evaluation.every_epochs:
            self.model.settle(self.evaluate())
        self.run.save_choices("last", self.model.choices())

    def score(self, logs):
        """The monitored metric, negated where the lower is better, or the mean of every task's main one.

        What the stage has no labels of is measured, but nothing is chosen by it: that would be to have the labels.
        """
        monitor, tasks = self.config.evaluation.monitor, self.model.tasks
        if monitor:
            cell, _, metric = (
                monitor.partition("/") if "/" in monitor else ("", "", monitor)
            )  # class names may have a /
            task = tasks.get(Cell.parse(cell).task)
            errors = (*(task.errors if task else ()), *LABEL_FREE_ERRORS, LOSS)
            value = logs.get(f"val/{monitor}", float("nan"))
            return -value if metric in errors else value
        main = [
            logs[f"val/{cell}/{tasks[cell.task].main_metric}"]
            for cell in self.cells
            if self.matrix.has(cell.domain, cell.task)
        ]
        present = [value for value in main if value == value]
        return sum(present) / len(present) if present else float("-inf")


class ValidateEveryEpochs(keras.callbacks.Callback):
    """Add validation figures and seconds to the logs of an epoch, and end the stage where they rise no more."""

    def __init__(self, validation, epochs, patience=0):
        super().__init__()
        self.validation, self.epochs, self.patience = validation, epochs, patience
        self.every = validation.config.evaluation.every_epochs

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        logs["seconds"] = time.perf_counter() - self.start
        due = self.every and ((epoch + 1) % self.every == 0 or epoch + 1 == self.epochs)
        if due and self.validation.has_split:
            with self.model.averaged():
                figures = self.validation.measure()
            logs.update({key: value for key, value in figures.items() if clean(value) is not None})
            if self.patience and self.validation.stale >= self.patience:
                self.model.stop_training = True
