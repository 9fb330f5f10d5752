"""Many runs of one config that differ in some values, and the table of what they reached."""

import gc
import itertools
import json

import keras
import yaml

from xdomain_keras.errors import ConfigError
from xdomain_keras.experiments.label_free import logged_scores
from xdomain_keras.experiments.run_folder import RunFolder
from xdomain_keras.experiments.train import train


def parse_axis(text):
    """`key=[values]`, or `key1,key2=[[a, b], …]` for keys that change together, as a list of settings.

    Args:
        text: as above; the part behind the first `=` is YAML.

    Returns:
        list of dicts of key → value.

    Raises:
        ConfigError: no list, or entries that do not fit the keys.

    Example:

    >>> parse_axis("seed=[0, 1]"), parse_axis("a.x,a.y=[[1, 2]]")
    ([{'seed': 0}, {'seed': 1}], [{'a.x': 1, 'a.y': 2}])
    """
    names, equals, given = text.partition("=")
    keys = [key.strip() for key in names.split(",")]
    try:
        values = yaml.safe_load(given)
    except yaml.YAMLError:
        values = None
    if not equals or not all(keys) or not isinstance(values, list) or not values:
        raise ConfigError(f"--vary {text!r}: expected key=[value, …], as `seed=[0, 1, 2]`.")
    rows = [[value] for value in values] if len(keys) == 1 else values
    for row in rows:
        if not isinstance(row, list) or len(row) != len(keys):
            raise ConfigError(f"--vary {text!r}: {row!r} for {len(keys)} keys; expected as many values in a list.")
    return [dict(zip(keys, row, strict=True)) for row in rows]


def combine(axes):
    """Every combination of one setting of each axis, the last axis changing fastest: a list of dicts.

    Example:

    >>> combine([[{"a": 1}, {"a": 2}], [{"b": 3}]])
    [{'a': 1, 'b': 3}, {'a': 2, 'b': 3}]
    """
    return [{key: value for part in parts for key, value in part.items()} for parts in itertools.product(*axes)]


def overrides_of(setting):
    """A setting as overrides of a config."""
    return [f"{key}={json.dumps(value)}" for key, value in setting.items()]


def name_of(setting):
    """The folder of a setting's run: the last parts of its keys, with their values.

    Example:

    >>> name_of({"terms.mmd.weight": 0.5, "seed": 1})
    'weight_0.5-seed_1'
    """
    text = "-".join(f"{key.split('.')[-1]}_{value}" for key, value in setting.items())
    return "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in text)


def sweep(configs, folder, split="validation", extra_callbacks=()):
    """Train every config that is not finished yet, one after the other.

    Args:
        configs: dict of name → `ExperimentConfig`; the runs are the folders of these names.
        folder: `pathlib.Path` of all runs.
        split: whose figures are told.
        extra_callbacks: as in `train`.

    Yields:
        (name, dict of `task@domain metric` → float of every task's main metric, and of what `logged_scores` finds),
        in order.

    Raises:
        ConfigError: a run of this name has another config, or none has the split.
    """
    sources = {}
    for name, config in configs.items():
        run = RunFolder(folder / name)
        if run.config_file.exists() and not run.is_of(config):
            raise ConfigError(f"{run.path}: is a run of another config; choose another --run, or remove it.")
        if not run.metrics_file.exists():
            train(config, run.path, resume=run.config_file.exists(), extra_callbacks=extra_callbacks, sources=sources)
            keras.backend.clear_session()
            gc.collect()
        yield name, {**main_metrics(config, run, split), **logged_scores(run.log())}


def main_metrics(config, run, split):
    """The main metric of every task and domain of a finished run."""
    from xdomain_keras.experiments.build import Experiment

    metrics, experiment = run.metrics(), Experiment(config)
    if split not in metrics:
        known = ", ".join(name for name in metrics if "prior" not in name)
        raise ConfigError(f"--split: no domain has a split `{split}`; known are {known}.")
    found = {}
    for cell, values in metrics[split].items():
        main = experiment.task_kind(cell.partition("@")[0]).main_metric
        found[f"{cell} {main}"] = values.get(main)
    return found
