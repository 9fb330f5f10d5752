"""The one place that refuses a config: `check` and `train` call it, in the same order and with the same words."""

from xdomain_keras.errors import ConfigError
from xdomain_keras.experiments.cells import domains_with, measured_cells, measured_tasks, named_tasks, trained_matrix
from xdomain_keras.experiments.data import Data
from xdomain_keras.experiments.domain_features import held_out_split
from xdomain_keras.experiments.experiment import Experiment
from xdomain_keras.experiments.faults import find_faults, require_sound
from xdomain_keras.experiments.first_weights import load_first_weights
from xdomain_keras.experiments.label_free import score_names, unlabelled_cells
from xdomain_keras.experiments.model import build_model
from xdomain_keras.experiments.plan import build_plan
from xdomain_keras.experiments.resolve import resolve
from xdomain_keras.experiments.sources import split_annotates
from xdomain_keras.experiments.validation_loss import LOSS
from xdomain_keras.extras import require_installed
from xdomain_keras.signatures import require_known
from xdomain_keras.training import check_stages
from xdomain_keras.training.trainer import setting_of


def build_experiment(config, parts, sources=None, facts=None):
    """Make data, facts and model of a config, and refuse what cannot be run; no image is read.

    Args:
        config: `ExperimentConfig`.
        parts: `Parts`.
        sources: dict of (domain, split) → `Source` that experiments over the same data share.
        facts: `Facts` of the run that goes on; None to read them from the data.

    Returns:
        `Experiment`.

    Raises:
        ConfigError: the config cannot be run as it is written.
        DataError: a source that the network's classes come from cannot be opened.
    """
    if config.loader.kind == "tf_data":
        require_installed("tensorflow", "loader.kind: tf_data")
    check_names_of_tasks(config, parts)
    check_splits(config)
    check_mixture(config)
    data = Data(config, parts, sources)
    facts = resolve(config, data, parts) if facts is None else facts
    model = build_model(config, facts, parts)
    check_tasks(model)
    check_plan(config, parts, model)
    check_monitor(config, data, model)
    check_patience(config)
    check_choices(config, model)
    check_label_free(config, model)
    check_features(config, data, model)
    return Experiment(config, parts, data, facts, model)


def prepare(config, parts, sources=None, going_on=False, decode=True, tell=None, facts=None):
    """Everything that comes before a run folder: build the experiment, its first weights, and read the data.

    Args:
        config: `ExperimentConfig`.
        parts: `Parts`.
        sources: as of `build_experiment`.
        going_on: whether weights come from a checkpoint, and those that training began with have done their work.
        decode: also decode every image.
        tell: callable, list of `PlacedFault` → None, called with all faults before the first is raised.
        facts: as of `build_experiment`.

    Returns:
        (`Experiment`, list of `PlacedFault` that are skipped, notes of `load_first_weights`).

    Raises:
        ConfigError: the config cannot be run as it is written.
        DataError: a data set has a fault.
    """
    experiment = build_experiment(config, parts, sources, facts)
    notes = [] if going_on else load_first_weights(config, experiment.model, parts)
    experiment.model.for_evaluation()  # built now: it draws random numbers
    faults = find_faults(config, experiment.data, experiment.model, decode)
    if tell:
        tell(faults)
    return experiment, require_sound(faults, config.loader.on_bad), notes


def check_names_of_tasks(config, parts):
    """Raise a `ConfigError` where a domain names a task that does not exist."""
    known = {**parts.tasks, **config.tasks}
    for domain, own in config.domains.items():
        for key, tasks in (("tasks", own.tasks), ("evaluate", own.evaluate or ())):
            for task in tasks:
                require_known("task", task, known, f"domains.{domain}.{key}")
        named, tables = named_tasks(config, domain), {"classes": own.classes, "annotates": own.annotates}
        for split, options in own.splits.items():
            tables[f"splits.{split}.annotates"] = split_annotates(options, f"domains.{domain}.splits.{split}")[0]
        for key, table in tables.items():
            for task in table:
                require_known("task", task, named, f"domains.{domain}.{key}")
        for task in named:
            parts.task_kind(config, task)
    trained_matrix(config)


def check_splits(config):
    """Raise a `ConfigError` where a domain is trained and has nothing to train on."""
    for domain in trained_matrix(config).domains:
        if "train" not in config.domains[domain].splits:
            raise ConfigError(
                f"domains.{domain}: has no split `train`; add one, or set domains.{domain}.train to false."
            )


def check_mixture(config):
    """Raise a `ConfigError` where the batch is said twice, or shares are of domains that there are not."""
    mixture = config.mixture
    for domain in mixture.weights:
        require_known("domain", domain, config.domains, "mixture.weights")
    if not mixture.batch_size:
        if mixture.temperature or mixture.weights:
            raise ConfigError("mixture: shares of what? Give `batch_size`, the images of all domains together.")
        return
    for name in trained_matrix(config).domains:
        if config.domains[name].batch_size:
            raise ConfigError(f"domains.{name}.batch_size: mixture.batch_size splits the batch; keep one of the two.")
    domains = len(trained_matrix(config).domains)
    if mixture.batch_size < domains:
        raise ConfigError(f"mixture.batch_size is {mixture.batch_size} for {domains} domains; each needs an image.")


def check_tasks(model):
    """Make what tasks need only once a network is trained, so that a wrong option is said before."""
    for task in model.tasks.values():
        task.decoder(model.network)
        task.metrics()


def check_plan(config, parts, model):
    """Raise a `ConfigError` for the first of stages, terms and balancer that cannot be run."""
    network, plan = model.network, build_plan(config, parts, len(model.tasks))
    check_stages(network, plan.matrix, plan.terms, plan.stages, model.tasks)
    if plan.check:
        plan.check(plan.matrix, plan.stages)
    check_frozen(config, plan.matrix, network, plan.stages)
    for term in plan.terms:
        term.prepare(network, setting_of(network, plan.matrix, model.tasks))


def check_frozen(config, matrix, network, stages):
    """Raise a `ConfigError` where a stage freezes layers of a head that nothing has trained yet."""
    trained = set()
    for stage in () if config.model.start_from else stages:
        labelled = matrix.restrict(stage.domains, stage.tasks).tasks if stage.epochs else ()
        for head in network.heads:
            frozen = parts_of(head, stage.frozen)
            if frozen and head not in trained:
                raise ConfigError(
                    f"stage `{stage.name}` freezes `{frozen[0]}`, which no stage before it trains on labels of "
                    f"`{head}`; put one of an epoch or more before it, or name a run in model.start_from."
                )
            trains = stage.trainable is None or parts_of(head, stage.trainable)
            if trains and head in labelled and head not in stage.frozen:
                trained.add(head)


def parts_of(head, parts):
    """Those of some parts of a network (see `MultiHeadModel.part`) that belong to a head."""
    return [part for part in parts if part == head or part.startswith(f"{head}_")]


def check_monitor(config, data, model):
    """Raise a `ConfigError` where `evaluation.monitor` names nothing that validation measures."""
    evaluation = config.evaluation
    monitor = evaluation.monitor
    if not monitor and not evaluation.losses:
        return
    known = measured_figures(config, data, model, "validation")
    if evaluation.label_free:
        known |= {f"{cell}/{score}" for cell, names in score_names(config, model).items() for score in names}
    if monitor and monitor.rpartition("/")[2] == LOSS and not evaluation.losses:
        raise ConfigError(f"evaluation.monitor: `{monitor}` is not measured; set evaluation.losses to true.")
    if evaluation.losses and not known:
        raise ConfigError("evaluation.losses: nothing is validated; give a domain a `validation` split.")
    if evaluation.losses:
        known |= {LOSS, *(f"{cell.partition('/')[0]}/{LOSS}" for cell in known)}
    if monitor and not known:
        raise ConfigError(f"evaluation.monitor: `{monitor}` is not measured; give a domain a `validation` split.")
    if monitor:
        require_known("figure of validation", monitor, known, "evaluation.monitor")
        require_annotated(model.classes, monitor)


def measured_figures(config, data, model, split):
    """Set of the figures `task@domain/metric` that a split has labels for."""
    return {
        f"{cell}/{metric}"
        for cell in measured_cells(config, split)
        if model.tasks[cell.task].is_served_by(data.kinds(cell.domain, split))
        for metric in model.tasks[cell.task].metrics().result()
    }


def require_annotated(classes, figure):
    """Raise a `ConfigError` where a figure of validation is of a class that is not annotated there.

    Args:
        classes: as of `Facts`.
        figure: `task@domain/metric`, with `[class]` behind where it is of one.
    """
    cell, _, metric = figure.rpartition("/")
    names = metric.partition("[")[2].rstrip("]")
    annotated = classes.get(cell, {}).get("annotates", {}).get("validation")
    if names and annotated is not None and not {*annotated}.issuperset(names.split("|")):
        raise ConfigError(f"evaluation.monitor: `{figure}` is never measured: {names} is not annotated in {cell}.")


def check_patience(config):
    """Raise a `ConfigError` where a stage is to end by validation, and nothing that it trains is validated."""
    evaluation, matrix = config.evaluation, trained_matrix(config)
    named = evaluation.monitor not in (None, LOSS)
    for index, stage in enumerate(config.stages):
        part = matrix.restrict(stage.domains, stage.tasks)
        measured = any(named or part.has(cell.domain, cell.task) for cell in measured_cells(config, "validation"))
        if stage.patience and not (evaluation.every_epochs and measured):
            raise ConfigError(
                f"stages.{index}.patience is {stage.patience}, and nothing that it trains is validated; give a domain "
                "of it a `validation` split and evaluation.every_epochs a number above 0, or leave patience out."
            )


def check_choices(config, model):
    """Raise a `ConfigError` where a task must choose by validation, and there is none."""
    validated = {task for domain in domains_with(config, "validation") for task in measured_tasks(config, domain)}
    for name, task in model.tasks.items():
        if task.needs_validation and name not in validated:
            raise ConfigError(
                f"tasks.{name}: its loss does not say which channel is the object; give a domain of it a `validation` "
                "split, on which that is chosen."
            )


def check_label_free(config, model):
    """Raise a `ConfigError` where `evaluation.label_free` is set and there is nothing that it could look at."""
    if config.evaluation.label_free and not unlabelled_cells(config, model):
        raise ConfigError(
            "evaluation.label_free: no domain with a `validation` split is measured on a map that it has no labels for "
            "in training; give the target one, with the task in its `evaluate`, or leave label_free out."
        )


def check_features(config, data, model):
    """Raise a `ConfigError` where `evaluation.features` names no feature of the network, or cannot be compared."""
    feature = config.evaluation.features
    if feature:
        require_known("feature", feature, model.network.features, "evaluation.features")
    domains = trained_matrix(config).domains
    for domain in domains if feature and len(domains) > 1 else ():
        split = held_out_split(config, domain)
        if data.count(domain, split) < 2:
            raise ConfigError(
                f"evaluation.features: {domain}/{split} has 1 image, and domains are compared by two or more; give it "
                "more, or leave features out."
            )
