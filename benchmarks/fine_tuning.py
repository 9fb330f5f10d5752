"""The tables of `benchmarks/tables` on pretrained starts, and on one network against one for each data set.

    python benchmarks/fine_tuning.py NAME … [--seeds 0 1 2] [--methods ROW …]

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
MINUTES = 15.0


def main():
    parser = make_parser(__doc__)
    names = sorted(path.stem for path in TABLES.glob("*.yaml") if path.stem.startswith(("pretrained", "joint", "few")))
    parser.add_argument("name", choices=names)
    parser.add_argument("--seeds", nargs="+", type=int)
    parser.add_argument("--methods", nargs="+", metavar="ROW")
    parser.add_argument("--runs", type=pathlib.Path, default=ROOT / "runs" / "benchmarks")
    arguments = parser.parse_args()
    from xdomain_keras.experiments.comparison import TableConfig
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
        found = {row: {figure: values_of(rows, row, figure) for figure in table.figures} for row in methods}
        costs = [cost_of(rows, row) for row in methods]
        return {
            "title": table.title,
            "figures": {"test_split": table_of(found, table.figures), "costs": [row for row in costs if row]},
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


def values_of(rows, method, figure):
    """A figure of a method, a value for each seed in order."""
    cell, _, metric = figure.partition("/")
    return {row["seed"]: row["test"].get(cell, {}).get(metric) for row in rows if row["method"] == method}


def paired(first, other):
    """Two lists of the seeds that both have."""
    seeds = sorted(first.keys() & other.keys())
    return [first[seed] for seed in seeds], [other[seed] for seed in seeds]


def is_error(figure):
    return figure.endswith("/MAE")


def table_of(found, figures):
    """Lines of mean ± standard deviation, difference to the first row, its t and the verdict."""
    from xdomain_keras.evaluation.significance import compare_pairs

    lines, first = [], next(iter(found.values()))
    for row, own in found.items():
        for figure in figures:
            values = [value for value in own[figure].values() if value is not None]
            if not values:
                continue
            spread = f" ± {np.std(values, ddof=1):.3f}" if len(values) > 1 else ""
            line = {"method": row, "figure": figure, "seeds": len(values), "mean": f"{np.mean(values):.3f}{spread}"}
            if own is not first:
                compared = compare_pairs(*paired(first[figure], own[figure]), is_error(figure))
                line |= {"difference": compared.difference, "t": compared.t, "verdict": compared.verdict}
            lines.append(line)
    return lines


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
    first, *others = found
    for figure, wanted, kind in AIMS.get(name, ()):
        values = list(found[first][figure].values())
        if not values or (kind == "gain" and not found[others[0]][figure]):
            continue
        value = float(np.mean(values))
        if kind == "gain":
            value -= float(np.mean(list(found[others[0]][figure].values())))
        met = value <= wanted if kind == "most" else value >= wanted
        sign = "≤" if kind == "most" else "≥"
        told = f"{figure}, {first}" + (f", above {others[0]}" if kind == "gain" else "")
        yield target(told, f"{sign} {wanted}", f"{value:.3f}", met)
    if name == "joint_or_single" and all(any(own.values()) for own in found.values()):
        yield from joint_targets(found, rows)


def joint_targets(found, rows):
    """Whether one network is as good as one for each data set, and what it costs."""
    from xdomain_keras.evaluation.significance import compare_pairs

    best = None
    for figure in found["joint"]:
        alone = found[ALONE[figure.partition("@")[0]]][figure]
        if not any(value is not None for value in alone.values()):
            continue
        compared = compare_pairs(*paired(alone, found["joint"][figure]))
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
