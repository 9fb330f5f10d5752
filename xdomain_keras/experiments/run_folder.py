"""The run folder: everything a run leaves behind, and nothing half-written."""

import importlib.metadata
import json
import os
import pathlib
import platform
import sys

from xdomain_keras.config import load_config, save_config
from xdomain_keras.errors import ConfigError
from xdomain_keras.experiments.facts import parse_facts
from xdomain_keras.files import write_atomically


class RunFolder:
    """Paths and files of one run.

    | file | content |
    |---|---|
    | `config.yaml` | the resolved config |
    | `environment.json` | versions, backend, command |
    | `facts.json` | what the data decided: names of classes, baselines, backend, versions |
    | `labels.json` | which training images were labelled for what, where a config hides some |
    | `quarantine.json` | images and labels that could not be used, where a config skips them |
    | `log.jsonl` | one line an epoch |
    | `metrics.json` | the last evaluation of every split |
    | `singles.json`, `singles/` | with `--singles`: the comparison with each data set's own network, and their runs |
    | `checkpoint.npz` | where `--resume` goes on |
    | `best.weights.h5`, `last.weights.h5` | the network |
    | `choices.json` | what validation chose beside weights, as the channel that is the object, for both |
    | `report.html` | curves, tables and pictures, opens offline |

    Args:
        path: of the folder.
    """

    def __init__(self, path):
        self.path = pathlib.Path(path)

    def __getattr__(self, name):
        files = {
            "config_file": "config.yaml",
            "environment_file": "environment.json",
            "facts_file": "facts.json",
            "labels_file": "labels.json",
            "quarantine_file": "quarantine.json",
            "log_file": "log.jsonl",
            "metrics_file": "metrics.json",
            "singles_file": "singles.json",
            "checkpoint_file": "checkpoint.npz",
            "best_file": "best.weights.h5",
            "last_file": "last.weights.h5",
            "choices_file": "choices.json",
            "report_file": "report.html",
        }
        if name in files:
            return self.path / files[name]
        raise AttributeError(name)

    def require_new(self):
        """Raise a `ConfigError` where a run cannot start: an existing one is never overwritten."""
        if self.config_file.exists():
            raise ConfigError(f"{self.path}: holds a run already; add --resume, choose another --run, or remove it.")
        if self.path.exists() and not self.path.is_dir():
            raise ConfigError(f"{self.path}: is a file; choose another folder with --run.")

    def create(self, config, facts, made):
        """Start a new run.

        Args:
            config: `ExperimentConfig`.
            facts: `Facts`.
            made: dict of what the run is made with, as `environment` returns it.
        """
        self.require_new()
        self.path.mkdir(parents=True, exist_ok=True)
        # The config comes last: a folder without one is not a run yet.
        write_atomically(self.facts_file, facts.as_json())
        self.write_json(self.environment_file, made)
        save_config(config, self.config_file)

    def config(self, overrides=()):
        """The config of an existing run."""
        if not self.config_file.exists():
            raise ConfigError(f"{self.path}: holds no run (no config.yaml); give the folder that `xdomain train` made.")
        return load_config(self.config_file, overrides)

    def facts(self):
        """The `Facts` of an existing run."""
        if not self.facts_file.exists():
            raise ConfigError(
                f"{self.path}: has no facts.json, which an older version did not write; train it anew with this one."
            )
        return parse_facts(self.facts_file.read_text(encoding="utf-8", errors="replace"), self.facts_file)

    def backend(self):
        """The backend that the run was trained on, whoever chose it."""
        self.config()  # says so where this is not a run
        return self.facts().backend

    def environment(self):
        """Dict of what the run was made with; empty where the file is gone."""
        return self.read_json(self.environment_file)

    def labels(self):
        """Dict of domain → {"digest", "count", "rows"}, where the config hides labels."""
        return self.read_json(self.labels_file)

    def weights(self, which="best"):
        """Path of the best weights, or of the last where no best was chosen."""
        for path in (self.best_file, self.last_file) if which == "best" else (self.last_file,):
            if path.exists():
                return path
        raise ConfigError(
            f"{self.path}: has no weights yet; train it, or `xdomain train … --resume` if it was stopped."
        )

    def choices(self, which="best"):
        """Dict of task → what validation chose for the weights that `weights` names."""
        stored = self.read_json(self.choices_file)
        return stored.get("best" if self.weights(which) == self.best_file else "last", {})

    def save_choices(self, which, choices):
        """Keep what validation chose, where it chose anything."""
        if choices:
            self.write_json(self.choices_file, {**self.read_json(self.choices_file), which: choices})

    def save_weights(self, network, path):
        """Write weights so that a crash leaves the old ones whole."""
        partial = path.with_name("partial.weights.h5")
        network.save_weights(partial)
        os.replace(partial, path)

    def log(self):
        """The epochs so far, one dict each."""
        if not self.log_file.exists():
            return []
        return [json.loads(line) for line in self.log_file.read_text(encoding="utf-8").splitlines()]

    def trim_log(self, stage, epoch):
        """Drop the lines that lie after a checkpoint, before the run goes on from it."""
        lines = [line for line in self.log() if (line["stage_index"], line["epoch"]) <= (stage, epoch)]
        write_atomically(self.log_file, "".join(json.dumps(line) + "\n" for line in lines))

    def metrics(self):
        """Dict of split → {task@domain: {metric: value}}."""
        return self.read_json(self.metrics_file)

    def read_json(self, path):
        """What a JSON file of the run holds; {} where it is not there."""
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def write_json(self, path, value):
        write_atomically(path, json.dumps(value, indent=2) + "\n")


def environment():
    """Versions and the command, for whoever wants to repeat the run."""
    versions = {}
    for package in ("keras", "tensorflow", "jax", "torch", "numpy", "opencv-python-headless", "opencv-python"):
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    import keras

    from xdomain_keras import __version__

    return {
        "xdomain_keras": __version__,
        "backend": keras.backend.backend(),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "versions": versions,
        "command": " ".join(sys.argv),
    }
