"""What one network gains and costs against one a data set."""

import math

from xdomain_keras.evaluation.profile import count_macs, count_parameters
from xdomain_keras.evaluation.speed import compare_speed
from xdomain_keras.experiments.cells import trained_matrix
from xdomain_keras.label_matrix import Cell

HEADER = ["", "joint", "single", "difference"]


def compare_scores(config, tasks, joint, singles):
    """The figures of the joint network beside those of the data sets' own networks.

    Where a task is measured on a domain that does not train it, the first domain that does is the single one's.

    Args:
        config: `ExperimentConfig` of the joint network.
        tasks: dict of task → `Task`.
        joint: dict of `task@domain` → metric → value or None.
        singles: dict of domain → the same of its own network.

    Returns:
        (rows of `HEADER`, one a figure; Δ_MTL in per cent: the mean over all cells of how much better the main figure
        is than the single one's, relative to it; Vandenhende et al. 2021, §4).

    Example:

    >>> import types
    >>> from xdomain_keras.tasks import Saliency
    >>> config = types.SimpleNamespace(domains={"a": types.SimpleNamespace(tasks=["gaze"], train=True)})
    >>> alone = {"a": {"gaze@a": {"CC": 0.5}}}
    >>> compare_scores(config, {"gaze": Saliency}, {"gaze@a": {"CC": 0.75}}, alone)
    ([['gaze@a CC', 0.75, 0.5, 0.25]], 50.0)
    """
    matrix, rows, relative = trained_matrix(config), [], []
    for cell, figures in joint.items():
        task, domain = Cell.parse(cell)
        owner = domain if matrix.has(domain, task) else matrix.domains_of(task)[0]
        own = singles.get(owner, {}).get(cell, {})
        for metric, value in figures.items():
            other = own.get(metric)
            if value is None or other is None or "[" in metric:  # of single classes there are too many
                continue
            rows.append([f"{cell} {metric}", value, other, value - other])
            if metric == tasks[task].main_metric and other:
                sign = -1 if metric in tasks[task].errors else 1
                relative.append(100 * sign * (value - other) / abs(other))
    return rows, sum(relative) / len(relative) if relative else math.nan


def compare_costs(joint, singles, seconds):
    """What the joint network costs beside all single ones together.

    Args:
        joint: (`Experiment`, `RunFolder`).
        singles: dict of domain → the same.
        seconds: callable, `RunFolder` → seconds of training.

    Returns:
        rows of `HEADER`, the difference a percentage of the single ones' cost: parameters, multiply-adds of an image
        through all heads, images a second, seconds of training.
    """
    networks = [experiment.model.network for experiment, _ in singles.values()]
    network, size = joint[0].model.network, joint[0].config.image_size
    speed = compare_speed({"joint": network, "singles": networks})
    costs = {
        "parameters": (count_parameters(network), sum(map(count_parameters, networks))),
        "multiply-adds": (count_macs(network, size), sum(count_macs(each, size) for each in networks)),
        "images/s": (speed["joint"], speed["singles"]),
        "seconds of training": (seconds(joint[1]), sum(seconds(run) for _, run in singles.values())),
    }
    return [[name, ours, theirs, f"{100 * (ours / theirs - 1):+.0f} %"] for name, (ours, theirs) in costs.items()]


def training_seconds(run):
    """Seconds that the epochs of a run took."""
    return sum(line.get("seconds") or 0.0 for line in run.log())


def read_beside(run):
    """(tables, sentences) for the report of a run: its comparison with the single networks, where there is one."""
    kept = run.read_json(run.singles_file)
    if not kept:
        return {}, []
    return {"One network, or one a data set": (HEADER, [list(row.values()) for row in kept["rows"]])}, [kept["said"]]
