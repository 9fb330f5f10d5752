"""A comparison: rows of configs, trained with the same seeds, and the figures that they reach."""

import concurrent.futures
import dataclasses
import os
import pathlib
import subprocess
import sys
import typing

import numpy as np
import pydantic
import pydantic_core

from xdomain_keras.config import load_config, save_config
from xdomain_keras.errors import ConfigError, XDomainError
from xdomain_keras.evaluation.significance import compare_pairs
from xdomain_keras.experiments.run_folder import RunFolder
from xdomain_keras.label_matrix import Cell
from xdomain_keras.packaged_configs import find_config
from xdomain_keras.signatures import require_known, validate
from xdomain_keras.yaml_text import parse_yaml


class RowConfig(pydantic.BaseModel):
    """One row: overrides of the table's config, or of another."""

    model_config = pydantic.ConfigDict(extra="forbid")
    config: str | None = None
    overrides: list[str] = []


def _as_row(given):
    """A list is short for a row of overrides."""
    if isinstance(given, list) and all(isinstance(each, str) for each in given):
        return {"overrides": given}
    if isinstance(given, dict | RowConfig):
        return given
    raise pydantic_core.PydanticCustomError("row", "expected a list of overrides, or `config` and `overrides`")


class TableConfig(pydantic.BaseModel):
    """The YAML of a table.

    `figures` are written `task@domain/metric`; empty for the main metric of every cell. A row is a list of overrides,
    or `{config: …, overrides: […]}`; the first row is what the others are compared with.
    """

    model_config = pydantic.ConfigDict(extra="forbid")
    title: str
    description: str = ""
    config: str | None = None
    overrides: list[str] = []
    split: str = "test"
    figures: list[str] = []
    rows: dict[str, typing.Annotated[RowConfig, pydantic.BeforeValidator(_as_row)]] = pydantic.Field(min_length=1)


@dataclasses.dataclass
class Training:
    """One run of a comparison: a row with one seed."""

    row: str
    seed: int
    config: object
    run: RunFolder


def read_comparison(path, seeds, folder):
    """Read a table's YAML and every config in it.

    Args:
        path: of the YAML; configs in it are packaged ones, or relative to its folder.
        seeds: number of seeds, from 0 on.
        folder: `pathlib.Path` of the runs: `ROW/seed_N`.

    Returns:
        (`TableConfig`, list of `Training`, seed by seed).

    Raises:
        ConfigError: what is written cannot be a comparison, or a run is there with another config.
    """
    path = pathlib.Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({error}); give the YAML of a table.") from None
    table = validate(TableConfig, parse_yaml(text, path), str(path))
    names = [folder_name(row) for row in table.rows]
    if "" in names:
        raise ConfigError(
            f"{path}: row {list(table.rows)[names.index('')]!r} has no letter or digit; name it otherwise."
        )
    if len(set(names)) < len(names):
        raise ConfigError(f"{path}: two rows have the folder {max(names, key=names.count)}; name them otherwise.")
    trainings = []
    for seed in range(seeds):
        for row, given in table.rows.items():
            name = given.config or table.config
            if not name:
                raise ConfigError(f"{path}: row `{row}` has no config; name one there, or for the whole table.")
            overrides = [*table.overrides, *given.overrides, f"seed={seed}"]
            try:
                config = load_config(find_config(name, path.parent), overrides)
            except ConfigError as error:
                raise ConfigError(f"{path}: row `{row}`: {error}") from None
            run = RunFolder(folder / folder_name(row) / f"seed_{seed}")
            if run.config_file.exists() and run.config() != config:
                raise ConfigError(f"{run.path}: is a run of another config; choose another --run, or remove it.")
            trainings.append(Training(row, seed, config, run))
    for training in trainings:
        splits = {name for domain in training.config.domains.values() for name in domain.splits}
        require_known("split", table.split, splits, f"{path}: split")
    return table, trainings


def folder_name(row):
    """A row's name as that of a folder.

    Example:

    >>> folder_name("today's loss, 80 classes")
    'today_s_loss_80_classes'
    """
    words = "".join(letter if letter.isalnum() or letter in ".-" else " " for letter in row).split()
    return "_".join(words).strip(".-_")


def run_comparison(trainings, parts_files=(), jobs=1, tell=print):
    """Train what is not finished, several at a time, each in a process of its own.

    A run that was stopped goes on. A run that fails is told, and the others are trained all the same.

    Args:
        trainings: list of `Training`.
        parts_files: paths of files with parts from outside.
        jobs: processes at a time, which share the cores.
        tell: callable, str → None.

    Raises:
        XDomainError: a run failed.
    """
    open_ones, failed = [training for training in trainings if not training.run.metrics_file.exists()], []
    with concurrent.futures.ThreadPoolExecutor(max(1, jobs)) as pool:
        finished = pool.map(lambda training: train_apart(training, parts_files, jobs), open_ones)
        for number, (training, error) in enumerate(zip(open_ones, finished, strict=True), 1):
            tell(f"{number} of {len(open_ones)}: {training.row}, seed {training.seed}: {error or 'finished'}")
            failed += [f"{training.row}, seed {training.seed}: {error}"] if error else []
    if failed:
        raise XDomainError(f"{len(failed)} of {len(open_ones)} runs failed; {failed[0]}")


def train_apart(training, parts_files, jobs):
    """Train one run in a process of its own; what went wrong, or an empty text."""
    run, threads = training.run, str(max(1, (os.cpu_count() or 1) // max(1, jobs)))
    run.path.parent.mkdir(parents=True, exist_ok=True)
    if run.config_file.exists():
        what = ["--resume", "--run", str(run.path)]
    else:
        config = run.path.with_suffix(".yaml")
        save_config(training.config, config)
        what = [str(config), "--run", str(run.path)]
    command = [sys.executable, "-m", "xdomain_keras.apps.main", "train", *what]
    command += [text for file in parts_files for text in ("--parts", str(file))]
    names = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")
    environment = {**dict.fromkeys(names, threads), **os.environ}
    with open(run.path.with_suffix(".log"), "a", encoding="utf-8") as log:
        finished = subprocess.run(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
    if not finished.returncode:
        return ""
    lines = run.path.with_suffix(".log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else f"exit code {finished.returncode}"


def read_figures(table, trainings, parts):
    """What the runs reached.

    Args:
        table: `TableConfig`.
        trainings: list of finished `Training`.
        parts: `Parts`, whose tasks say which metric is the main one, and which are errors.

    Returns:
        (dict of row → dict of figure → list of floats or None, one a seed; set of figures of which lower is better).

    Raises:
        ConfigError: a figure that no run has.
    """
    metrics = {(training.row, training.seed): training.run.metrics().get(table.split, {}) for training in trainings}
    kinds = {}
    for training, own in zip(trainings, metrics.values(), strict=True):
        for cell in own:
            kinds.setdefault(cell, parts.task_kind(training.config, Cell.parse(cell).task))
    known = set().union(*(logged_figures(training.run, table.split) for training in trainings))
    figures = table.figures or [f"{cell}/{kind.main_metric}" for cell, kind in kinds.items()]
    for figure in figures:
        require_known("figure", figure, sorted(known), "figures")
    found = {row: {figure: [] for figure in figures} for row in table.rows}
    for (row, _), own in metrics.items():
        for figure in figures:
            cell, _, name = figure.partition("/")
            found[row][figure].append(own.get(cell, {}).get(name))
    lower = {figure for figure in figures if figure.partition("/")[2] in kinds[figure.partition("/")[0]].errors}
    return found, lower


def logged_figures(run, split):
    """Set of the figures `task@domain/metric` that a finished run has of a split."""
    return {f"{cell}/{name}" for cell, values in run.metrics().get(split, {}).items() for name in values}


def comparison_rows(figures, lower):
    """What is shown of a comparison, a line for each row and figure.

    Args:
        figures: dict of row → dict of figure → list of floats or None, one a seed; the first row is what the others are
            compared with.
        lower: set of the figures of which lower is better.

    Returns:
        (header, rows): mean and standard deviation over the seeds, then the mean of the paired differences to the first
        row, its t and the verdict.

    Example:

    >>> header, rows = comparison_rows({"a": {"AP": [0.1, 0.2]}, "b": {"AP": [0.3, 0.4]}}, set())
    >>> rows[1][:4], rows[1][4]
    (['b', 'AP', 2, '0.350 ± 0.071'], '+0.200')
    """
    first, rows = next(iter(figures.values())), []
    for row, own in figures.items():
        for figure, values in own.items():
            known = [value for value in values if value is not None and value == value]
            spread = f" ± {np.std(known, ddof=1):.3f}" if len(known) > 1 else ""
            line = [row, figure, len(known), f"{np.mean(known):.3f}{spread}" if known else "-"]
            if own is not first:
                found = compare_pairs(first[figure], values, figure in lower)
                known = found.difference == found.difference
                line += [f"{found.difference:+.3f}" if known else "-", found.t, found.verdict]
            rows.append(line if own is not first else [*line, "", "", ""])
    return ["row", "figure", "seeds", "mean ± s.d.", "difference", "t", "verdict"], rows


def single_values(figures):
    """Every single figure of a comparison, as (row, figure, seed, value)."""
    return [
        (row, figure, seed, "" if value is None else value)
        for row, own in figures.items()
        for figure, values in own.items()
        for seed, value in enumerate(values)
    ]
