"""Which cells a config trains, and which it measures."""

from xdomain_keras.errors import ConfigError
from xdomain_keras.label_matrix import Cell, LabelMatrix
from xdomain_keras.signatures import require_known


def trained_matrix(config):
    """The `LabelMatrix` of what a config trains."""
    rows = {name: domain.tasks for name, domain in config.domains.items() if domain.train}
    if not rows:
        raise ConfigError("domains: none is trained; leave `train: false` out for one at least.")
    return LabelMatrix(rows)


def measured_tasks(config, domain):
    """Names of the trained tasks that are measured on a domain."""
    own, trained = config.domains[domain], trained_matrix(config).tasks
    return [task for task in (own.tasks if own.evaluate is None else own.evaluate) if task in trained]


def named_tasks(config, domain):
    """Names of all tasks that a config names for a domain, each once."""
    own = config.domains[domain]
    return list(dict.fromkeys([*own.tasks, *(own.evaluate or ())]))


def measured_cells(config, split):
    """List of the `Cell`s that are measured on a split, of the domains that have it."""
    return [
        Cell(task, domain)
        for domain, own in config.domains.items()
        if split in own.splits
        for task in measured_tasks(config, domain)
    ]


def domains_with(config, split):
    """Names of the domains that have a split."""
    return [name for name, domain in config.domains.items() if split in domain.splits]


def taps_of(config, domain):
    """Dict of task → level that its head reads on a domain instead of its own; empty where none is named.

    Args:
        config: `ExperimentConfig`.
        domain: its name, or None for no domain in particular.

    Raises:
        ConfigError: an unknown domain, or a task that is not trained.
    """
    if domain is None:
        return {}
    require_known("domain", domain, config.domains)
    tasks, taps = trained_matrix(config).tasks, config.domains[domain].taps
    for task in taps:
        require_known("task", task, tasks, f"domains.{domain}.taps")
    return taps
