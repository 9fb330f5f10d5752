"""A trained run, loaded again from its folder."""

from xdomain_keras.errors import ConfigError
from xdomain_keras.experiments.data import Data
from xdomain_keras.experiments.evaluate import load_weights
from xdomain_keras.experiments.experiment import Experiment
from xdomain_keras.experiments.model import build_model
from xdomain_keras.experiments.run_folder import RunFolder
from xdomain_keras.experiments.starting_weights import names_of
from xdomain_keras.reporting.progress import show_note


def load_run(folder, parts, which="best", overrides=(), sources=None):
    """The `Experiment` of a run with its trained network; its data are opened when somebody asks for them.

    Args:
        folder: path of the run.
        parts: `Parts`.
        which: `"best"` or `"last"` weights.
        overrides: of the config, as `evaluation.batch_size=4`.
        sources: dict that experiments over the same data share.

    Returns:
        (`Experiment`, `RunFolder`).

    Raises:
        ConfigError: the folder holds no run, or the run was made with parts from files that are not given.
        DataError: a file of the run is damaged.
    """
    run = RunFolder(folder)
    config, facts = run.config(overrides), run.facts()
    require_parts(run, facts, parts)
    model = build_model(config, facts, parts)
    require_names_of(run, model, parts)
    load_weights(model.network, run.weights(which))
    model.choose(run.choices(which))
    return Experiment(config, parts, Data(config, parts, sources), facts, model), run


def require_names_of(run, model, parts):
    """Raise a `ConfigError` where a config names the classes of a trained network anew: its channels have names."""
    given = model.class_names()
    for task, trained in names_of(run, parts).items():
        if given.get(task, list(trained)) != list(trained):
            raise ConfigError(
                f"tasks.{task}.class_names: are {', '.join(given[task])[:120]}; this network was trained with "
                f"{', '.join(trained)[:120]}: leave them out, and map values in domains.….classes."
            )


def require_parts(run, facts, parts):
    """Raise a `ConfigError` where a run was made with files of parts that are not given; say where one has changed."""
    given = {own["file"]: own["sha256"] for own in parts.files}
    for own in facts.parts:
        name, digest = own["file"], own["sha256"]
        if name not in given:
            raise ConfigError(
                f"{run.path}: was made with --parts {name} (sha256 {digest}); give that file again, as --parts {name}."
            )
        if given[name] != digest:
            show_note(
                f"{name} is not as it was when {run.path} was made (sha256 {digest[:16]}…, now {given[name][:16]}…)"
            )
