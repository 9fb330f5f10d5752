"""Many runs of one config that differ in some values, and the table of what they reached."""

import gc
import itertools
import json

import keras

from xdomain_keras.errors import ConfigError, XDomainError
from xdomain_keras.experiments.first_weights import load_first_weights
from xdomain_keras.experiments.label_free import logged_scores
from xdomain_keras.experiments.run_folder import RunFolder
from xdomain_keras.experiments.train import train
from xdomain_keras.experiments.validate import build_experiment, measured_figures
from xdomain_keras.label_matrix import Cell
from xdomain_keras.parts import load_parts
from xdomain_keras.signatures import require_known
from xdomain_keras.yaml_text import parse_yaml


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
        values = parse_yaml(given, "--vary")
    except ConfigError:
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
    return "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in text)[:100]


def sweep(configs, folder, split="validation", extra_callbacks=(), parts=None):
    """Train every config that is not finished yet, one after the other, once all of them have been built.

    Args:
        configs: dict of name → `ExperimentConfig`; the runs are the folders of these names.
        folder: `pathlib.Path` of all runs.
        split: whose figures are told.
        extra_callbacks: as in `train`.
        parts: `Parts`; None for those of this package and of installed ones.

    Yields:
        (name, dict of `task@domain metric` → float of every task's main metric, and of what `logged_scores` finds),
        in order.

    Raises:
        ConfigError: a run of this name has another config, none has the split, or one cannot be run.
    """
    parts = load_parts() if parts is None else parts
    runs, shared = {name: RunFolder(folder / name) for name in configs}, SharedSources()
    for name, config in configs.items():
        require_split(config, split)
        if runs[name].config_file.exists() and runs[name].config() != config:
            raise ConfigError(f"{runs[name].path}: is a run of another config; choose another --run, or remove it.")
    for name, config in configs.items():
        if not runs[name].metrics_file.exists():
            require_buildable(name, config, shared.of(config), parts)
    for name, config in configs.items():
        run = runs[name]
        if not run.metrics_file.exists():
            going_on, sources = run.config_file.exists(), shared.of(config)
            options = {"parts": parts, "resume": going_on, "sources": sources}
            train(config, run.path, extra_callbacks=extra_callbacks, **options)
            forget_networks()
        yield name, {**main_metrics(config, run, split, parts), **logged_scores(run.log())}


def require_split(config, split):
    """Raise a `ConfigError` where training measures no split of this name."""
    splits = {name for domain in config.domains.values() for name in domain.splits}
    require_known("split", split, splits - {"train"} or splits, "--split")


def require_buildable(name, config, sources, parts, split=None):
    """Build all that a config names and forget it; an error says which of the settings it is of.

    Returns:
        set of the figures that a split will have, empty where none is given.
    """
    try:
        experiment = build_experiment(config, parts, sources)
        load_first_weights(config, experiment.model, parts)
    except XDomainError as error:
        error.args = (f"{name}: {error}",)
        raise
    figures = measured_figures(config, experiment.data, experiment.model, split) if split else set()
    forget_networks()
    return figures


def forget_networks():
    """Give back the memory of the networks that nobody needs any more."""
    keras.backend.clear_session()
    gc.collect()


class SharedSources:
    """The sources of experiments in turn: those of the one before, where both read the same data alike."""

    def __init__(self):
        self.read, self.sources = None, {}

    def of(self, config):
        """Dict for `Data`."""
        domains = config.domains.items()
        read = [(name, own.source, own.splits, own.labels.get("hide")) for name, own in domains], config.loader
        if read != self.read:
            self.read, self.sources = read, {}
        return self.sources


def main_metrics(config, run, split, parts):
    """The main metric of every task and domain of a finished run."""
    found = {}
    for cell, values in run.metrics().get(split, {}).items():
        main = parts.task_kind(config, Cell.parse(cell).task).main_metric
        found[f"{cell} {main}"] = values.get(main)
    return found
