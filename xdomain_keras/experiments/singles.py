"""Joint against single: each data set's own network, trained as the joint one is."""

from xdomain_keras.config import MixtureConfig
from xdomain_keras.errors import ConfigError
from xdomain_keras.experiments.cells import measured_tasks, trained_matrix
from xdomain_keras.experiments.plan import build_plan, method_options, term_options
from xdomain_keras.label_matrix import Cell
from xdomain_keras.overrides import lay_over
from xdomain_keras.terms.term import check_needs
from xdomain_keras.training.trainer import setting_of


def single_configs(experiment):
    """The configs of the data sets' own networks.

    Each trains on one domain, with the same start, seed, batch, steps and options as the joint network, and is measured
    wherever that is measured on tasks of the domain. Terms that need other domains are left out.

    Args:
        experiment: `Experiment` of the joint network.

    Returns:
        dict of domain → `ExperimentConfig`.

    Raises:
        ConfigError: only one domain is trained, or one has no task of its own.
    """
    config, matrix, model = experiment.config, trained_matrix(experiment.config), experiment.model
    if len(matrix.domains) < 2:
        raise ConfigError(f"singles: only `{matrix.domains[0]}` is trained; a comparison takes two data sets or more.")
    for domain in matrix.domains:
        if not matrix.tasks_of(domain):
            raise ConfigError(f"singles: `{domain}` trains no task of its own; leave the singles out.")
    data, parts = experiment.data, experiment.parts
    mixture = data.mixture({domain: model.tasks_on(data, domain, "train") for domain in matrix.domains})
    plan, options = build_plan(config, parts, len(model.tasks)), term_options(config, parts)
    optimizer, found = lay_over(method_options(config, parts)["optimizer"], config.optimizer), {}
    for domain in matrix.domains:
        own = matrix.restrict((domain,), matrix.tasks_of(domain))
        setting = setting_of(model.network, own, model.tasks)
        terms = {term.name: own_term(options[term.name], domain) for term in plan.terms if fits(term, setting)}
        terms = {name: terms.get(name) for name in options}
        others = [task for task in matrix.tasks if task not in own.tasks]
        stages = [own_stage(stage, domain, own.tasks, others, terms) for stage in config.stages]
        found[domain] = config.model_copy(
            update={
                "name": f"{config.name}_{domain}"[:100],
                "domains": own_domains(config, domain, own.tasks, mixture.domains[domain].batch_size),
                "model": own_model(config.model, own.tasks),
                "method": "multi_task",
                "terms": terms,
                "optimizer": own_optimizer(optimizer, others, terms),
                "stages": [stage for stage in stages if stage is not None],
                "mixture": MixtureConfig(),
                "steps_per_epoch": mixture.steps_per_epoch,
                "balancing": config.balancing if len(own.tasks) > 1 else {},
                "evaluation": own_evaluation(config.evaluation, own.tasks),
            }
        )
    return found


def fits(term, setting):
    """Whether a term finds what it reads."""
    try:
        check_needs(term, setting)
    except ConfigError:
        return False
    return True


def own_term(options, domain):
    """Options without the weights of cells of other domains."""
    if not isinstance(options.get("weights"), dict):
        return options
    weights = {key: value for key, value in options["weights"].items() if Cell.parse(key).domain in ("", domain)}
    return {**options, "weights": weights}


def own_domains(config, domain, tasks, batch_size):
    """The domain, and those that are measured on one of its tasks."""
    found = {}
    for name, own in config.domains.items():
        taps = {task: level for task, level in own.taps.items() if task in tasks}
        if name == domain:
            found[name] = own.model_copy(update={"batch_size": batch_size, "taps": taps})
        elif set(measured_tasks(config, name)) & set(tasks):
            found[name] = own.model_copy(update={"train": False, "taps": taps})
    return found


def own_stage(stage, domain, tasks, others, terms):
    """A stage as the domain's own network has it; None where it trains on other domains or tasks alone."""
    named = [task for task in stage.tasks or tasks if task in tasks]
    if not named or (stage.domains is not None and domain not in stage.domains):
        return None
    kept = [name for name, options in terms.items() if options is not None and name in (stage.terms or terms)]
    changes = {"domains": stage.domains and [domain], "tasks": stage.tasks and named, "terms": stage.terms and kept}
    changes["frozen"] = [part for part in stage.frozen if not belongs(part, others)]
    if stage.trainable is not None:
        changes["trainable"] = [part for part in stage.trainable if not belongs(part, others)]
    return stage.model_copy(update={**changes, "optimizer": own_optimizer(stage.optimizer, others, terms)})


def belongs(part, tasks):
    """Whether a part of a network (see `MultiHeadModel.part`) is of the head of one of some tasks."""
    return any(part == task or part.startswith(f"{task}_") for task in tasks)


def own_optimizer(optimizer, others, terms):
    """Options without the factors of parts and terms that the network has not."""
    if not optimizer.get("factors"):
        return optimizer
    gone = {name for name, options in terms.items() if options is None}
    kept = {p: factor for p, factor in optimizer["factors"].items() if p not in gone and not belongs(p, others)}
    return {**optimizer, "factors": kept}


def own_model(model, tasks):
    """The model, with streams or encoders of these tasks alone where the backbone has one a task."""
    backbone = model.backbone
    if isinstance(backbone.get("tasks"), list):
        backbone = {**backbone, "tasks": [task for task in backbone["tasks"] if task in tasks]}
    norm = "train" if model.norm == "per_domain" else model.norm
    return model.model_copy(update={"backbone": backbone, "norm": norm})


def own_evaluation(evaluation, tasks):
    """The evaluation, without what compares domains, and without a monitor of another task."""
    monitor = evaluation.monitor
    if monitor and "/" in monitor and Cell.parse(monitor.partition("/")[0]).task not in tasks:
        monitor = None
    return evaluation.model_copy(update={"features": None, "monitor": monitor})
