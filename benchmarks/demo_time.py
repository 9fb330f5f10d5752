"""`make demo` in a fresh clone: how long it computes after installation, and what it reaches.

python benchmarks/demo_time.py [--keep]
"""

import json

import fresh_clone
from result import make_parser, target, write_result


def main():
    parser = make_parser(__doc__)
    parser.add_argument("--keep", action="store_true", help="leave the clone for inspection")
    arguments = parser.parse_args()
    with fresh_clone.clone(arguments.keep) as folder:
        installed = fresh_clone.make(folder, ".venv/.app")
        demo = fresh_clone.make(folder, "demo")
        rows = read_rows(folder / "runs" / "demo")
        written = {
            "runs/demo/report.html": (folder / "runs/demo/report.html").exists(),
            "saved_models/…/saved_model.pb": any((folder / "saved_models").glob("*/saved_model.pb")),
        }
    by_name = {row["model"]: row for row in rows}
    joint, center = by_name.get("joint", {}), by_name.get("baseline", {})
    average_precision, scanpath, prior = (
        joint.get("AP50") or 0,
        joint.get("NSS") or 0,
        center.get("NSS") or float("inf"),
    )
    minutes = demo["seconds"] / 60
    targets = [
        target("`make demo` on a fresh clone", "exit code 0", f"exit code {demo['exit_code']}", demo["exit_code"] == 0),
        target("`make demo` after installation", "≤ 6 min", f"{minutes:.1f} min", minutes <= 6),
        target("`make demo`: AP50 of the joint network", "≥ 0.5", f"{average_precision:.3f}", average_precision >= 0.5),
        target("`make demo`: NSS against the centre prior", f"> {prior:.3f}", f"{scanpath:.3f}", scanpath > prior),
        *(
            target(f"`make demo` writes {name}", "yes", "yes" if there else "no", there)
            for name, there in written.items()
        ),
    ]
    figures = {
        "seconds_of_installation": installed["seconds"],
        "seconds": demo["seconds"],
        "cpu_seconds": demo["cpu_seconds"],
        "table": rows,
    }
    write_result(
        "demo_time",
        "`make demo` on a fresh clone",
        figures,
        targets,
        folder=arguments.results,
        seeds=[0],
        backend="tensorflow",
    )


def read_rows(run):
    """One row for each network, and one for the baseline: metric → figure on the test split."""
    if not (run / "singles.json").exists():
        return []
    by_name = {"joint": {}}
    for row in json.loads((run / "singles.json").read_text())["rows"]:
        cell, _, metric = row[""].partition(" ")
        if "@" in cell:
            by_name["joint"][metric] = row["joint"]
            by_name.setdefault(f"single: {cell.partition('@')[0]}", {})[metric] = row["single"]
    blind = json.loads((run / "metrics.json").read_text())["test, baseline"]
    by_name["baseline"] = {metric: value for figures in blind.values() for metric, value in figures.items()}
    return [{"model": name, **figures} for name, figures in by_name.items()]


if __name__ == "__main__":
    main()
