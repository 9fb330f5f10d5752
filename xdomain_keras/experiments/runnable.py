"""Whether an experiment can be run, before any image is read."""

from xdomain_keras.errors import ConfigError
from xdomain_keras.experiments.domain_features import check_features
from xdomain_keras.experiments.label_free import check_label_free
from xdomain_keras.experiments.validation import check_choices, check_monitor, check_patience
from xdomain_keras.methods import CHECKS
from xdomain_keras.training import check_stages


def require_runnable(experiment):
    """Raise a `ConfigError` for the first of stages, terms, balancer and evaluation that cannot be run.

    Args:
        experiment: `Experiment`; its sources are opened where a task needs their class names, no image is read.
    """
    matrix, network = experiment.matrix, experiment.network
    terms, stages = experiment.terms(), experiment.stages()
    check_stages(network, matrix, terms, stages)
    check_held(experiment.config, network, stages)
    if check := CHECKS.get(experiment.config.method):
        check(matrix, stages)
    for term in terms:
        term.prepare(network, matrix)
    experiment.balancer()
    check_monitor(experiment)
    check_patience(experiment)
    check_choices(experiment)
    check_label_free(experiment)
    check_features(experiment)


def check_held(config, network, stages):
    """Raise a `ConfigError` where a stage holds a head that nothing has trained yet."""
    trained = set()
    for stage in () if config.model.start_from else stages:
        for part in stage.frozen:
            if part in network.heads and part not in trained:
                raise ConfigError(
                    f"stage `{stage.name}` holds `{part}`, which no stage before it trains; put one before it, or name "
                    "a run in model.start_from."
                )
        trained |= set(network.heads if stage.trainable is None else stage.trainable) - set(stage.frozen)
