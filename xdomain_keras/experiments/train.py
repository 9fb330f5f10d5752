"""Training a config into a run folder."""

import dataclasses

import keras

from xdomain_keras.errors import DataError
from xdomain_keras.experiments.class_names import class_notes
from xdomain_keras.experiments.evaluate import load_weights, write_evaluation
from xdomain_keras.experiments.load import require_parts
from xdomain_keras.experiments.plan import build_plan
from xdomain_keras.experiments.resolve import fit_baselines
from xdomain_keras.experiments.run_folder import RunFolder, environment
from xdomain_keras.experiments.validate import prepare
from xdomain_keras.experiments.validation import ValidateEveryEpochs, Validation
from xdomain_keras.parts import load_parts
from xdomain_keras.reporting.progress import show_note
from xdomain_keras.training import fit_stages
from xdomain_keras.training.callbacks import JsonLog, SaveEveryEpoch
from xdomain_keras.training.checkpoint import peek_position, save_checkpoint


def train(config, folder, *, parts=None, resume=False, report=True, extra_callbacks=(), sources=None):
    """Train an experiment: check the data, run the stages, evaluate, write the report.

    Args:
        config: `ExperimentConfig`.
        folder: path of the run.
        parts: `Parts`; None for those of this package and of installed ones.
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
    run, parts = RunFolder(folder), load_parts() if parts is None else parts
    facts = None
    if resume:
        config, facts = run.config(), run.facts()  # not those of data that may have changed: channels have names
        require_parts(run, facts, parts)
    else:
        run.require_new()
    going_on = resume and run.checkpoint_file.exists()
    experiment, skipped, notes = prepare(config, parts, sources, going_on, config.loader.check_images, facts=facts)
    data, model = experiment.data, experiment.model
    for note in [*notes, *(class_notes(experiment.facts.classes, config.domains, model.tasks) if not resume else ())]:
        show_note(note)
    labels = {domain: table.as_json() for domain, table in data.hidden_labels().items()}
    if not resume:
        baselines = fit_baselines(config, data, model)
        made = environment()
        facts = dataclasses.replace(
            experiment.facts, baselines=baselines, **{k: made[k] for k in ("backend", "versions")}
        )
        run.create(config, facts, made)
        if skipped:
            run.write_json(run.quarantine_file, [placed.as_json() for placed in skipped])
            show_note(f"{len(skipped)} image(s) or label(s) cannot be used and are skipped; see {run.quarantine_file}")
        if labels:
            run.write_json(run.labels_file, labels)
    experiment.facts = run.facts()
    require_same_labels(run, labels)
    position = peek_position(run.checkpoint_file) if going_on else {"stage": 0, "epoch": 0}
    if resume:
        run.trim_log(position["stage"], position["epoch"])
    fit(experiment, run, position, going_on, extra_callbacks)
    if report:
        for verdict in write_evaluation(experiment, run):
            show_note(verdict)
    return run


def fit(experiment, run, position, going_on, extra_callbacks=()):
    """Run the stages of an experiment, from a position on; weights and choices are kept in the run."""
    config, data, model = experiment.config, experiment.data, experiment.model
    keras.utils.set_random_seed(config.seed)
    network, validation = model.network, Validation(experiment, run)
    plan = build_plan(config, experiment.parts, len(model.tasks))

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
        for domain, size in trainer.cached.items():
            show_note(f"`{domain}`: features of what is frozen are computed once and kept, {size / 1e6:.0f} MB")
        shown = [callback for make in extra_callbacks for callback in make(index, stage, trainer)]
        return [*own, *shown, SaveEveryEpoch(run.checkpoint_file, index, stage.epochs)]

    fit_stages(
        network,
        plan.matrix,
        plan.terms,
        plan.stages,
        model.tasks,
        lambda domains: data.mixture({domain: model.tasks_on(data, domain, "train") for domain in domains}),
        loader=config.loader.kind,
        callbacks=callbacks,
        checkpoint=run.checkpoint_file if going_on else None,
        workers=config.loader.workers,
        forward=config.model.forward,
        balancer=plan.balancer,
        average=config.model.average,
        cosines=config.evaluation.cosines,
        cache_bytes=int(config.loader.cache_gigabytes * 1e9),
    )
    run.save_weights(network, run.last_file)
    if not validation.found_best:
        run.best_file.unlink(missing_ok=True)  # of an earlier stage
    validation.finish()


def require_same_labels(run, labels):
    """Raise a `DataError` where a run goes on with other labels than it began with.

    Args:
        run: `RunFolder`.
        labels: dict of domain → {"digest", "count", "rows"}.
    """
    began = run.labels()
    for domain, table in labels.items():
        digest = began.get(domain, {}).get("digest")
        if digest != table["digest"]:
            raise DataError(
                f"{run.labels_file}: {domain}: digest {digest}, but its labels now have {table['digest']}; restore the "
                "label file that the run began with, or start a new run."
            )
