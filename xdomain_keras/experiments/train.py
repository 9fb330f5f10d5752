"""Training a config into a run folder."""

import json

import keras

from xdomain_keras.errors import DataError
from xdomain_keras.experiments.build import Experiment
from xdomain_keras.experiments.checking import require_sound
from xdomain_keras.experiments.evaluate import load_weights, write_evaluation
from xdomain_keras.experiments.run_folder import RunFolder
from xdomain_keras.experiments.runnable import require_runnable
from xdomain_keras.experiments.starting_weights import start_from
from xdomain_keras.experiments.validation import ValidateEveryEpochs, Validation
from xdomain_keras.reporting.progress import show_note
from xdomain_keras.training import fit_stages
from xdomain_keras.training.callbacks import JsonLog, SaveEveryEpoch
from xdomain_keras.training.checkpoint import peek_position, save_checkpoint


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
    require_runnable(experiment)  # before the images are read and a folder is made
    going_on = resume and run.checkpoint_file.exists()
    if config.model.start_from and not going_on:
        begun = config.model.start_from
        if kept := start_from(experiment.network, begun):
            more = ", …" if len(kept) > 4 else ""
            show_note(f"{len(kept)} layers are not as in {begun} and begin anew: {', '.join(kept[:4])}{more}")
    experiment.for_evaluation()  # built now: it draws random numbers
    skipped = require_sound(experiment, config.loader.check_images)
    keras.utils.set_random_seed(config.seed)
    network, labels = experiment.network, experiment.hidden_labels()
    if not resume:
        run.create(config)
        if skipped:
            run.write_json(run.quarantine_file, skipped)
            show_note(f"{len(skipped)} image(s) or label(s) cannot be used and are skipped; see {run.quarantine_file}")
        if labels:
            run.write_json(run.labels_file, {domain: table.as_json() for domain, table in labels.items()})
    require_same_labels(run, labels)
    position = peek_position(run.checkpoint_file) if going_on else {"stage": 0, "epoch": 0}
    if resume:
        run.trim_log(position["stage"], position["epoch"])
    validation = Validation(experiment, run)

    def callbacks(index, stage, trainer):
        if index > position["stage"] and config.stages[index - 1].patience and validation.found_best:
            load_weights(network, run.best_file)  # what terms and balancer have learnt stays
            # Kept at once: from now on the best weights are this stage's.
            save_checkpoint(run.checkpoint_file, trainer, {"stage": index, "epoch": 0})
        validation.begin(index)
        own = [
            ValidateEveryEpochs(validation, stage.epochs, stage.patience),
            JsonLog(run.log_file, {"stage": stage.name, "stage_index": index}),
        ]
        shown = [callback for make in extra_callbacks for callback in make(index, stage, trainer)]
        return [*own, *shown, SaveEveryEpoch(run.checkpoint_file, index, stage.epochs)]

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
        balancer=experiment.balancer(),
    )
    run.save_weights(network, run.last_file)
    if not validation.found_best:
        run.best_file.unlink(missing_ok=True)  # of an earlier stage
    validation.finish()
    if report:
        write_evaluation(experiment, run)
    return run


def require_same_labels(run, labels):
    """Raise a `DataError` where a run goes on with other labels than it began with."""
    began = json.loads(run.labels_file.read_text(encoding="utf-8")) if run.labels_file.exists() else {}
    for domain, table in labels.items():
        digest = began.get(domain, {}).get("digest")
        if digest != table.digest:
            raise DataError(
                f"{run.labels_file}: {domain}: digest {digest}, but its labels now have {table.digest}; restore the "
                "label file that the run began with, or start a new run."
            )
