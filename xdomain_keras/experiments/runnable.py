"""Whether an experiment can be run, before any image is read."""

from xdomain_keras.errors import ConfigError
from xdomain_keras.experiments.domain_features import check_features
from xdomain_keras.experiments.label_free import check_label_free
from xdomain_keras.experiments.validation import check_choices, check_monitor, check_patience
from xdomain_keras.extras import require_installed
from xdomain_keras.methods import CHECKS
from xdomain_keras.training import check_stages


def require_runnable(experiment):
    """Raise a `ConfigError` for the first of stages, terms, balancer and evaluation that cannot be run.

    Args:
        experiment: `Experiment`; its sources are opened where a task needs their class names, no image is read.
    """
    if experiment.config.loader.kind == "tf_data":
        require_installed("tensorflow", "loader.kind: tf_data")
    matrix, network = experiment.matrix, experiment.network
    terms, stages = experiment.terms(), experiment.stages()
    check_stages(network, matrix, terms, stages)
    if check := CHECKS.get(experiment.config.method):
        check(matrix, stages)
    check_held(experiment.config, matrix, network, stages)
    for term in terms:
        term.prepare(network, matrix)
    experiment.balancer()
    check_monitor(experiment)
    check_patience(experiment)
    check_choices(experiment)
    check_label_free(experiment)
    check_features(experiment)


def check_held(config, matrix, network, stages):
    """Raise a `ConfigError` where a stage holds layers of a head that nothing has trained yet."""
    trained = set()
    for stage in () if config.model.start_from else stages:
        labelled = matrix.restrict(stage.domains, stage.tasks).tasks if stage.epochs else ()
        for head in network.heads:
            held = parts_of(head, stage.frozen)
            if held and head not in trained:
                raise ConfigError(
                    f"stage `{stage.name}` holds `{held[0]}`, which no stage before it trains on labels of `{head}`; "
                    "put one of an epoch or more before it, or name a run in model.start_from."
                )
            trains = stage.trainable is None or parts_of(head, stage.trainable)
            if trains and head in labelled and head not in stage.frozen:
                trained.add(head)


def parts_of(head, parts):
    """Those of some parts of a network (see `MultiHeadModel.part`) that belong to a head."""
    return [part for part in parts if part == head or part.startswith(f"{head}_")]
