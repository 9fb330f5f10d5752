"""The tables of `benchmarks/tables` on classes that not every data set annotates, as results of this folder.

    python benchmarks/class_tables.py [NAME …] [--runs RUNS]

Each is `xdomain table FILE --seeds N`, which goes on where it was stopped. About 3 hours on two cores for all.
"""

import csv
import pathlib

import numpy as np
from result import ROOT, make_parser, target, write_result

TABLES = ROOT / "benchmarks" / "tables"
SEEDS = {"unlabelled_classes": 5, "unlike_looks": 3, "coarse_labels": 5, "camvid_halves": 3}


def run_table(name, seeds, runs, jobs):
    """Train what is not trained; dict of row → figure → list of floats, a seed each."""
    from xdomain_keras.apps.main import main as run_app

    folder = runs / name
    parts = [] if name.startswith("camvid") else ["--parts", str(TABLES / "shapes.py")]
    code = run_app(
        ["table", str(TABLES / f"{name}.yaml"), "--seeds", str(seeds), "--run", str(folder), "--jobs", jobs, *parts]
    )
    if code:
        raise SystemExit(code)
    found = {}
    with open(folder / "table.csv", encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            value = float(line["value"]) if line["value"] else None
            found.setdefault(line["row"], {}).setdefault(line["figure"], []).append(value)
    return found


def rows_of(found):
    """The rows of a result: every figure as mean ± standard deviation, and the comparison with the first row."""
    from xdomain_keras.experiments.comparison import comparison_rows

    header, rows = comparison_rows(found, set())
    return [dict(zip(header, row, strict=True)) for row in rows]


def single_runs(found):
    """A row of figures for each training, as `verdicts.compare` reads them."""
    rows = []
    for method, figures in found.items():
        for seed in range(len(next(iter(figures.values())))):
            test = {}
            for figure, values in figures.items():
                cell, _, metric = figure.partition("/")
                test.setdefault(cell, {})[metric] = values[seed]
            rows.append({"method": method, "seed": seed, "test": test})
    return rows


def difference(found, figure, row, first):
    """(mean of the paired differences, t) of a figure."""
    from xdomain_keras.evaluation.significance import compare_pairs

    paired = compare_pairs(found[first][figure], found[row][figure])
    return paired.difference, paired.t


def unlabelled_targets(found):
    today, sets, pseudo, _ = found
    own, lines = ["detection@a/AP50[square]", "detection@b/AP50[disc]"], []
    for metric in ("AP50", "AP"):
        other = [f"detection@a/{metric}[disc]", f"detection@b/{metric}[square]"]
        for row, least in ((sets, 0.6), (pseudo, 0.7)):
            means = [float(np.mean(found[row][figure])) for figure in other]
            aim = f"{metric} of a class on the set that does not annotate it: {row}"
            shown = " and ".join(f"{value:.3f}" for value in means)
            lines.append(target(aim, f"≥ {least:.2f}", shown, min(means) >= least))
    lost = {row: min(difference(found, figure, row, today)[0] for figure in own) for row in (sets, pseudo)}
    return lines + [
        target(f"nothing lost on the own set's images: {row}", "≥ -.02", f"{lost[row]:+.3f}", lost[row] >= -0.02)
        for row in lost
    ]


def coarse_targets(found):
    first, coarse = found
    lines = []
    for figure in ("detection@b/AP50[square]", "detection@b/AP50[disc]"):
        gain, t = difference(found, figure, coarse, first)
        lines.append(
            target(f"coarse labels: {figure}", "better, |t| ≥ 2.8", f"{gain:+.3f}, t {t:.1f}", gain > 0 and t >= 2.8)
        )
    return lines


def camvid_targets(found):
    today, sets, full = found
    values = {row: float(np.mean(own["segmentation@whole/mIoU"])) for row, own in found.items()}
    text = f"{values[sets] / values[full]:.1%} ({values[sets]:.3f} of {values[full]:.3f}; today {values[today]:.3f})"
    return [target("CamVid in halves: mean IoU against all labels", "≥ 90%", text, values[sets] >= 0.9 * values[full])]


TARGETS = {
    "unlabelled_classes": unlabelled_targets,
    "unlike_looks": lambda found: [],  # what is learnt there is a limit, and no aim
    "coarse_labels": coarse_targets,
    "camvid_halves": camvid_targets,
}


def main():
    parser = make_parser(__doc__)
    parser.add_argument("names", nargs="*", default=list(TARGETS), metavar="NAME", help=f"of {', '.join(TARGETS)}")
    parser.add_argument("--runs", type=pathlib.Path, default=pathlib.Path("runs") / "class_tables")
    parser.add_argument("--jobs", default="2", help="trainings at a time")
    arguments = parser.parse_args()
    from xdomain_keras.yaml_text import parse_yaml

    for name in arguments.names:
        path = TABLES / f"{name}.yaml"
        table = parse_yaml(path.read_text(encoding="utf-8"), path)
        found = run_table(name, SEEDS[name], arguments.runs, arguments.jobs)
        write_result(
            f"classes_{name}",
            table["title"],
            {"table": rows_of(found)},
            TARGETS[name](found),
            folder=arguments.results,
            seeds=range(SEEDS[name]),
            notes=[table["description"]],
            details={"rows": single_runs(found)},
        )


if __name__ == "__main__":
    main()
