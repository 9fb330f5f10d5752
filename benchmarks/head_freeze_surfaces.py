"""What an anchor carries into the target where the cameras differ: the normals that floor and walls are given there.

    python benchmarks/head_freeze_surfaces.py

Reads the runs of `head_freeze.py --table segmentation | segmentation_shifted` (which must have run here) and compares,
on the validation images, the mean direction that a network gives to the floor of the photographed rooms with that of
their floor and with that of the floor of the rooms it learnt normals from. About 5 seconds of a core a run.
"""

import gc
import pathlib

import numpy as np
from built import load
from compare_methods import spread
from head_freeze_photographs import unit
from result import ROOT, make_parser, read_result, write_result

TABLES = ("segmentation", "segmentation_shifted")
METHODS = ("baseline", "+ both anchors", "two stages, nothing held", "head freeze", "head freeze + adversary")
IMAGES = 40


def pixels(normals, samples, name, names):
    """The normals, `[n, 3]`, at all pixels of a class."""
    chosen = [own[sample["semantic_ids"] == names.index(name)] for own, sample in zip(normals, samples, strict=True)]
    return np.concatenate(chosen)


def angle(a, b):
    """Degrees between directions along the last axis."""
    return np.degrees(np.arccos((unit(a) * unit(b)).sum(-1).clip(-1, 1)))


def measure(folder, sources):
    """Dict of figure → degrees of one run."""
    import keras

    from xdomain_keras.evaluation.predictor import predict

    both = [f"domains.{domain}.evaluate=[normals, segmentation]" for domain in ("photo", "synthetic")]
    experiment = load(folder, "last", both, sources)  # so that both sources give classes and normals
    data, model = experiment.data, experiment.model
    tasks = {"normals": model.tasks["normals"]}
    found, names = {}, data.source("photo", "validation").names["semantic_ids"]
    target, source = (list(data.samples(domain, "validation", range(IMAGES))) for domain in ("photo", "synthetic"))
    predicted = [own["normals"]["normals"] for _, own in predict(model.predictor("photo"), tasks, target)]
    for name in ("floor", "wall"):
        own = pixels(predicted, target, name, names)
        truth = pixels([sample["normals"] for sample in target], target, name, names)
        taught = pixels([sample["normals"] for sample in source], source, name, names)
        found[f"{name}: mean error"] = float(angle(own, truth).mean())
        if name == "floor":  # walls face several ways
            found["floor: mean direction to the target's"] = float(angle(own.mean(0), truth.mean(0)))
            found["floor: mean direction to the source's"] = float(angle(own.mean(0), taught.mean(0)))
    keras.backend.clear_session()
    gc.collect()
    return found


def main():
    parser = make_parser(__doc__)
    parser.add_argument("--runs", type=pathlib.Path, default=ROOT / "runs" / "benchmarks")
    arguments = parser.parse_args()
    figures, details = {}, {}
    for table in TABLES:
        trained = (read_result(f"head_freeze_{table}", arguments.results) or {}).get("details", {}).get("rows", ())
        rows, sources = [], {}
        for row in (row for row in trained if row["method"] in METHODS):
            found = measure(arguments.runs / f"head_freeze_{table}" / f"{row['method']}_{row['seed']}", sources)
            rows.append({"method": row["method"], "seed": row["seed"], **found})
            print(rows[-1], flush=True)
        details[table] = rows
        figures[table] = [
            {
                "method": method,
                "seeds": len(own),
                **{key: spread([row[key] for row in own]) for key in own[0] if ":" in key},
            }
            for method in METHODS
            if (own := [row for row in rows if row["method"] == method])
        ]
    write_result(
        "head_freeze_surfaces",
        "Head freeze: what the anchor carries where cameras differ",
        figures,
        [],
        notes=[
            f"Degrees; {IMAGES} validation images of the photographed rooms, all pixels of the class.",
            "Where the source's camera looks down and aside, its floor does not face up in the camera's frame; a "
            "network that has learnt what floor is gives that direction to the target's floor too.",
        ],
        folder=arguments.results,
        details=details,
    )


if __name__ == "__main__":
    main()
