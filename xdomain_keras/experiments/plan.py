"""The plan of a training: terms, stages, balancer and optimizer, from a config and its method."""

import dataclasses
import inspect

from xdomain_keras.errors import ConfigError
from xdomain_keras.experiments.cells import trained_matrix
from xdomain_keras.label_matrix import Cell
from xdomain_keras.overrides import lay_over
from xdomain_keras.signatures import construct, require_known
from xdomain_keras.training import Stage


@dataclasses.dataclass
class Plan:
    """What is trained, and how.

    Attributes:
        matrix: `LabelMatrix`.
        terms: list of `Term`.
        stages: list of `Stage`.
        balancer: `Balancer`, or None for the plain sum of the losses.
        check: what the method demands beyond: callable (matrix, stages), which raises a `ConfigError`; or None.
    """

    matrix: object
    terms: list
    stages: list
    balancer: object
    check: object


def build_plan(config, parts, num_tasks):
    """Make the terms, stages and balancer of a config.

    Args:
        config: `ExperimentConfig`.
        parts: `Parts`.
        num_tasks: number of tasks of the network.

    Returns:
        `Plan`.

    Raises:
        ConfigError: an unknown method, term or balancer, or a wrong option.
    """
    method = method_options(config, parts)
    terms = [
        construct(parts.terms, options, f"terms.{name}", key="type", name=name)
        for name, options in term_options(config, parts).items()
    ]
    if not terms:
        raise ConfigError("terms: nothing is left to train on; keep at least `supervised`.")
    matrix, stages = trained_matrix(config), build_stages(config, parts)
    return Plan(matrix, terms, stages, build_balancer(config, parts, num_tasks), method.get("check"))


def method_options(config, parts):
    """What the config's method gives: `terms`, `optimizer` and perhaps `check`."""
    require_known("method", config.method, parts.methods)
    return parts.methods[config.method]()


def term_options(config, parts):
    """Dict of term → options: those of the method with the config's laid over them; None removes one."""
    defaults, changes = method_options(config, parts)["terms"], config.terms
    options = {
        name: lay_over({"type": name, **defaults.get(name, {})}, changes.get(name, {}), "type")
        for name in {**defaults, **changes}
        if changes.get(name, {}) is not None
    }
    for name, own in options.items():
        weights = own.get("weights")
        if own["type"] == "supervised" and isinstance(weights, dict):  # the term itself refuses what is not
            own["weights"] = trained_weights(config, parts, weights, f"terms.{name}.weights")
    return options


def trained_weights(config, parts, weights, place):
    """The weights without those of tasks that exist, but are not trained here."""
    untrained = {*parts.tasks, *config.tasks} - set(trained_matrix(config).tasks)
    cells = {key: Cell.parse(str(key)) for key in weights}
    for key, (_, domain) in cells.items():
        if domain:
            require_known("domain", domain, config.domains, f"{place}.{key}")
    return {key: value for key, value in weights.items() if cells[key].task not in untrained}


def supervised_weights(config, parts):
    """Dict of task, or `task@domain`, → its weight in the supervised term; 1 where none is given."""
    supervised = [own for own in term_options(config, parts).values() if own["type"] == "supervised"]
    return (supervised[0].get("weights") if supervised else None) or {}


def build_stages(config, parts):
    """List of `Stage`, with the options of the method's optimizer under their own."""
    optimizer = lay_over(method_options(config, parts)["optimizer"], config.optimizer)
    given = {"norm": config.model.norm}
    return [
        Stage(**{**stage.model_dump(), **given, "optimizer": lay_over(optimizer, stage.optimizer)})
        for stage in config.stages
    ]


def build_balancer(config, parts, num_tasks):
    """A new balancer, or None where the config names none."""
    options = config.balancing
    if not options:
        return None
    kind = parts.balancers.get(str(options.get("name")))
    seed = {"seed": config.seed} if kind and "seed" in inspect.signature(kind).parameters else {}
    return construct(parts.balancers, {**seed, **options}, "balancing", num_tasks=num_tasks)
