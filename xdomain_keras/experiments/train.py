"""Training a config into a run folder."""

import time

import keras

from xdomain_keras.errors import ConfigError
from xdomain_keras.evaluation.evaluator import evaluate
from xdomain_keras.evaluation.predictor import build_predictor
from xdomain_keras.experiments.build import Experiment
from xdomain_keras.experiments.checking import require_sound
from xdomain_keras.experiments.evaluate import write_evaluation
from xdomain_keras.experiments.run_folder import RunFolder
from xdomain_keras.training import check_stages, fit_stages
from xdomain_keras.training.callbacks import JsonLog, SaveEveryEpoch, clean
from xdomain_keras.training.checkpoint import peek_position


def train(config, folder, *, resume=False, report=True, extra_callbacks=(), sources=None):
    """Train an experiment: check the data, run the stages, evaluate, write the report.

    Args:
        config: `ExperimentConfig`.
        folder: path of the run.
        resume: go on from the folder's checkpoint; batches, weights and logs are then those of a run
            that was never stopped.
        report: also evaluate every split and write `report.html` at the end.
        extra_callbacks: callables (stage index, stage, trainer) → list of Keras callbacks.
        sources: dict that experiments over the same data share, so that it is read once.

    Returns:
        `RunFolder`.

    Raises:
        ConfigError: the config cannot be run, or the folder holds a run already.
        DataError: a data set has a fault; nothing was written.
        DivergedError: the loss stopped being a number.
    """
    run = RunFolder(folder)
    if resume:
        config = run.config()
    else:
        run.require_new()
    experiment = Experiment(config, {} if sources is None else sources)
    # A stage or term that cannot be run is reported before the images are read and a folder is made.
    check_stages(experiment.network, experiment.matrix, experiment.terms(), experiment.stages())
    require_sound(experiment, config.loader.check_images)
    keras.utils.set_random_seed(config.seed)
    network = experiment.network
    if not resume:
        run.create(config)
    going_on = resume and run.checkpoint_file.exists()
    if going_on:
        position = peek_position(run.checkpoint_file)
        run.trim_log(position["stage"], position["epoch"])
    validation = Validation(experiment, run)

    def callbacks(index, stage, trainer):
        own = [ValidateEveryEpochs(validation, stage.epochs), JsonLog(run.log_file, {"stage": stage.name, "stage_index": index})]
        shown = [callback for make in extra_callbacks for callback in make(index, stage, trainer)]
        return [*own, *shown, SaveEveryEpoch(run.checkpoint_file, index)]

    fit_stages(
        network,
        experiment.matrix,
        experiment.terms(),
        experiment.stages(),
        experiment.mixture,
        loader=config.loader.kind,
        callbacks=callbacks,
        checkpoint=run.checkpoint_file if going_on else None,
        workers=config.loader.workers,
        forward=config.model.forward,
    )
    network.save_weights(run.last_file)
    if report:
        write_evaluation(experiment, run)
    return run


class Validation:
    """Measures the `validation` split of every domain that has one, and keeps the best weights."""

    def __init__(self, experiment, run):
        self.experiment, self.run = experiment, run
        self.domains = [name for name in experiment.config.domains if "validation" in experiment.splits(name)]
        logged = [line.get("val/score") for line in run.log()]
        self.best = max((score for score in logged if score is not None), default=float("-inf"))
        self._predictor = None

    def measure(self):
        """Dict of `val/task@domain/metric` → float, with the monitored `val/score`."""
        experiment, logs = self.experiment, {}
        if self._predictor is None:
            self._predictor = build_predictor(experiment.network, experiment.tasks)
        for domain in self.domains:
            tasks = {name: experiment.tasks[name] for name in experiment.evaluated_tasks(domain)}
            if tasks:
                source = experiment.source(domain, "validation")
                batch_size = experiment.config.evaluation.batch_size
                results, _ = evaluate(self._predictor, tasks, source, domain, batch_size=batch_size)
                for cell, metrics in results.items():
                    logs |= {f"val/{cell}/{name}": value for name, value in metrics.items()}
        logs["val/score"] = self.score(logs)
        if logs["val/score"] > self.best:
            self.best = logs["val/score"]
            self.experiment.network.save_weights(self.run.best_file)
        return logs

    def score(self, logs):
        """The monitored metric, or the mean of every task's main one."""
        monitor = self.experiment.config.evaluation.monitor
        if monitor:
            if f"val/{monitor}" not in logs:
                known = ", ".join(key.removeprefix("val/") for key in logs)
                raise ConfigError(f"evaluation.monitor: `{monitor}` is not measured; known are {known}.")
            return logs[f"val/{monitor}"]
        main = [
            logs[f"val/{name}@{domain}/{self.experiment.tasks[name].main_metric}"]
            for domain in self.domains
            for name in self.experiment.evaluated_tasks(domain)
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
