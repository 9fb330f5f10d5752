"""The tables of `benchmarks/tables` on pretrained starts, and on one network against one for each data set.

    python benchmarks/fine_tuning.py NAME [--seeds 0 1 2] [--methods ROW …]

Each is what `xdomain table benchmarks/tables/NAME.yaml` trains; here finished rows are kept in the result, so that the
command goes on wherever it is called next. The photographs are read from ../shared/data. About 15 minutes of two cores
a training, at most.
"""

import os
import pathlib

import numpy as np
import train_methods
from result import ROOT, make_parser, target

TABLES = ROOT / "benchmarks" / "tables"
# Of each table: its seeds; and its aims, which a figure of the first row reaches, or is above that of the second row.
SEEDS = {"joint_or_single": 5}
AIMS = {
    "pretrained_camvid": [("segmentation@camvid/mIoU", 0.15, "gain")],
    "pretrained_sod": [("salient_object@sod/F_max", 0.78, "least"), ("salient_object@sod/MAE", 0.14, "most")],
    "joint_or_single": [
        ("saliency@osie/NSS", 3.15, "least"),
        ("saliency@crowd/NSS", 2.2, "least"),
        ("detection@crowd/AP50", 0.40, "least"),
    ],
}
ALONE = {"detection": "faces alone", "saliency": "gaze alone"}  # the row that has a task's own network
ERRORS = ("/MAE",)  # of which lower is better
MINUTES = 15.0


def main():
    parser = make_parser(__doc__)
    names = sorted(path.stem for path in TABLES.glob("*.yaml") if path.stem.startswith(("pretrained", "joint", "few")))
    parser.add_argument("name", choices=names)
    parser.add_argument("--seeds", nargs="+", type=int)
    parser.add_argument("--methods", nargs="+", metavar="ROW")
    parser.add_argument("--runs", type=pathlib.Path, default=ROOT / "runs" / "benchmarks")
    arguments = parser.parse_args()
    from xdomain_keras.experiments.comparison import TableConfig, comparison_rows
    from xdomain_keras.packaged_configs import find_config
    from xdomain_keras.signatures import validate
    from xdomain_keras.yaml_text import parse_yaml

    os.chdir(ROOT)  # the config's paths are relative to it
    path = TABLES / f"{arguments.name}.yaml"
    table = validate(TableConfig, parse_yaml(path.read_text(encoding="utf-8"), path), str(path))
    methods = {row: [*table.overrides, *given.overrides] for row, given in table.rows.items()}
    arguments.methods = arguments.methods or list(methods)
    arguments.seeds = range(SEEDS.get(arguments.name, 3)) if arguments.seeds is None else arguments.seeds
    arguments.epochs, arguments.set = None, []

    def describe(rows, no_look):
        seeds = sorted({row["seed"] for row in rows})
        found = {row: {figure: values_of(rows, row, figure, seeds) for figure in table.figures} for row in methods}
        header, lines = comparison_rows(found, {figure for figure in table.figures if figure.endswith(ERRORS)})
        costs = [cost_of(rows, row) for row in methods]
        return {
            "title": table.title,
            "figures": {
                "test_split": [dict(zip(header, line, strict=True)) for line in lines],
                "costs": [row for row in costs if row],
            },
            "targets": list(make_targets(arguments.name, found, rows)),
            "notes": [table.description],
        }

    train_methods.train_all(
        arguments.name, find_config(table.config, path.parent), methods, arguments, describe, extra=network_costs
    )


def network_costs(experiment):
    """Numbers and multiply-adds of a trained network."""
    from xdomain_keras.evaluation.profile import count_macs, count_numbers

    network = experiment.model.network
    return {
        "parameters": count_numbers(network.weights),
        "macs": count_macs(network, experiment.config.image_size),
        "size": list(experiment.config.image_size),
    }


def values_of(rows, method, figure, seeds):
    """A figure of a method, a value for each seed; None where it is not trained yet."""
    cell, _, metric = figure.partition("/")
    found = {row["seed"]: row["test"].get(cell, {}).get(metric) for row in rows if row["method"] == method}
    return [found.get(seed) for seed in seeds]


def mean_of(values):
    """Mean of the values that are there, or None."""
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def cost_of(rows, method):
    """A line of what a method's trainings and its network cost."""
    own = [row for row in rows if row["method"] == method]
    if not own:
        return None
    return {
        "method": method,
        "size": "x".join(map(str, own[0]["size"])),
        "parameters": own[0]["parameters"],
        "multiply-adds": own[0]["macs"],
        "minutes of training": float(np.mean([row["seconds"] for row in own])) / 60,
    }


def make_targets(name, found, rows):
    """The aims of a table, as means over the seeds that are there."""
    first, second, *_ = found
    for figure, wanted, kind in AIMS.get(name, ()):
        value, base = mean_of(found[first][figure]), mean_of(found[second][figure])
        if value is None or (kind == "gain" and base is None):
            continue
        value -= base if kind == "gain" else 0.0
        met = value <= wanted if kind == "most" else value >= wanted
        told = f"{figure}, {first}" + (f", above {second}" if kind == "gain" else "")
        yield target(told, f"{'≤' if kind == 'most' else '≥'} {wanted}", f"{value:.3f}", met)
    if name == "joint_or_single" and {row["method"] for row in rows} == set(found):
        yield from joint_targets(found, rows)


def joint_targets(found, rows):
    """Whether one network is as good as one for each data set, and what it costs."""
    from xdomain_keras.evaluation.significance import compare_pairs

    best = None
    for figure in found["joint"]:
        compared = compare_pairs(found[ALONE[figure.partition("@")[0]]][figure], found["joint"][figure])
        error = compared.spread / max(compared.number, 1) ** 0.5
        told = f"{compared.difference:+.3f} ± {error:.3f} (standard error), t {compared.t:.1f}"
        yield target(f"joint over single, {figure}", "≥ -1 standard error", told, compared.difference >= -error)
        best = compared.t if best is None else max(best, compared.t)
    yield target("joint over single, best figure", "t ≥ 2.8", f"t {best:.1f}", best >= 2.8)
    cost = {row["method"]: row for row in rows}
    for key, most in (("parameters", 60), ("macs", 65)):
        share = 100 * cost["joint"][key] / sum(cost[row][key] for row in ALONE.values())
        yield target(f"joint over single, {key}", f"≤ {most} %", f"{share:.1f} %", share <= most)
    longest = max(row["seconds"] for row in rows) / 60
    yield target("longest training, minutes", f"≤ {MINUTES:.0f}", f"{longest:.1f}", longest <= MINUTES)


if __name__ == "__main__":
    main()
