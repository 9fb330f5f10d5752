"""Validation while a run trains: the figures of an epoch, and the best weights."""

import time

import keras

from xdomain_keras.errors import ConfigError
from xdomain_keras.evaluation.evaluator import evaluate
from xdomain_keras.signatures import suggest
from xdomain_keras.training.callbacks import clean


def validated_domains(experiment):
    """Names of the domains that have a `validation` split."""
    return [name for name in experiment.config.domains if "validation" in experiment.splits(name)]


def check_monitor(experiment):
    """Raise a `ConfigError` where `evaluation.monitor` names nothing that validation measures."""
    monitor = experiment.config.evaluation.monitor
    known = {
        f"{task}@{domain}/{metric}"
        for domain in validated_domains(experiment)
        for task in experiment.evaluated_tasks(domain)
        for metric in experiment.tasks[task].metrics().result()
    }
    if monitor and not known:
        raise ConfigError(f"evaluation.monitor: `{monitor}` is not measured; give a domain a `validation` split.")
    if monitor and monitor not in known:
        raise ConfigError(f"evaluation.monitor: `{monitor}` is not measured; {suggest(monitor, known)}")


class Validation:
    """Measures the `validation` split of every domain that has one, and keeps the best weights."""

    def __init__(self, experiment, run):
        self.experiment, self.run = experiment, run
        self.domains = validated_domains(experiment)
        self.begin(0)

    def begin(self, stage_index):
        """Forget the best of the stages before: weights of a stage that is not the last are no result."""
        lines = [line for line in self.run.log() if line.get("stage_index", 0) == stage_index]
        scores = [line["val/score"] for line in lines if line.get("val/score") is not None]
        self.best = max(scores, default=float("-inf"))

    def measure(self):
        """Dict of `val/task@domain/metric` → float, with the monitored `val/score`."""
        experiment, logs = self.experiment.for_evaluation(), {}
        for domain in self.domains:
            tasks = {name: experiment.tasks[name] for name in experiment.evaluated_tasks(domain)}
            if tasks:
                source = experiment.source(domain, "validation")
                batch_size = experiment.config.evaluation.batch_size
                results, _ = evaluate(experiment.predictor(domain), tasks, source, domain, batch_size=batch_size)
                for cell, metrics in results.items():
                    logs |= {f"val/{cell}/{name}": value for name, value in metrics.items()}
        logs["val/score"] = self.score(logs)
        if logs["val/score"] > self.best:
            self.best = logs["val/score"]
            self.run.save_weights(self.experiment.network, self.run.best_file)
        return logs

    def score(self, logs):
        """The monitored metric, or the mean of every task's main one.

        What training has no labels of is measured, but nothing is chosen by it: that would be to have the labels.
        """
        monitor = self.experiment.config.evaluation.monitor
        if monitor:
            return logs[f"val/{monitor}"]
        main = [
            logs[f"val/{name}@{domain}/{self.experiment.tasks[name].main_metric}"]
            for domain in self.domains
            for name in self.experiment.evaluated_tasks(domain)
            if domain in self.experiment.matrix.domains and self.experiment.matrix.has(domain, name)
        ]
        present = [value for value in main if value == value]
        return sum(present) / len(present) if present else float("-inf")


class ValidateEveryEpochs(keras.callbacks.Callback):
    """Add validation figures and seconds to the logs of an epoch."""

    def __init__(self, validation, epochs):
        super().__init__()
        self.validation, self.epochs = validation, epochs
        self.every = validation.experiment.config.evaluation.every_epochs

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        logs["seconds"] = time.perf_counter() - self.start
        due = self.every and ((epoch + 1) % self.every == 0 or epoch + 1 == self.epochs)
        if due and self.validation.domains:
            logs.update({key: value for key, value in self.validation.measure().items() if clean(value) is not None})
