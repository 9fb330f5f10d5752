"""General segmentation of BSDS500: networks trained on train and val, measured on the test images with all annotators.

    python benchmarks/bsds500.py [--methods …] [--seeds …] [--epochs N]

Beside them stand segmentations that nothing was learnt for, and the figures of the papers. ODS: one value of one
parameter for all images. Read from ../shared/data. Resumable; about 10 minutes of a core a method and seed.
"""

import os

import compare_methods
import numpy as np
from result import ROOT, make_parser, target, write_result
from segmenters import colour_pieces, grid, merged_colours, one_region

SCORES = ("covering", "PRI", "VI", "boundary_F", "AP50_approximate")
COLUMNS = [("regions@bsds", f"{score}_{kind}") for kind in ("ods", "ois") for score in SCORES]
OURS = "CAS over borders, directions"
SOFTMAX_CUTS = ["tasks.regions.cuts={low: 0.0003, high: 0.1}"]
METHODS = {
    OURS: [],
    "the same, softmax": ["tasks.regions.loss.descriptor=softmax", *SOFTMAX_CUTS],
    "CAS over all pairs, softmax, α = 0.1": [
        "tasks.regions.loss={normalization: pairs, alpha: 0.1, descriptor: softmax}",
        *SOFTMAX_CUTS,
    ],
    "CAS over all pairs, softmax, α = 0.1, a network that sees the whole image": [
        "tasks.regions.loss={normalization: pairs, alpha: 0.1, descriptor: softmax}",
        "tasks.regions.head={tap: c5, rates: [1, 2, 3, 4], decoder_filters: [64, 48, 32], skips: [c4, c3, c2]}",
        *SOFTMAX_CUTS,
    ],
    "discriminative": [
        "tasks.regions.loss={name: discriminative, descriptor: linear, alpha: null, normalization: null}",
        "tasks.regions.cuts={low: 0.02, high: 2.0}",
    ],
}
SETTINGS = ["evaluation.every_epochs=0", "evaluation.pictures=0", "tasks.regions.metrics.boundaries=true"]
AIMS = {"covering": (0.50, 1), "PRI": (0.78, 1), "VI": (1.98, -1)}
LIMITS = np.geomspace(3e-4, 0.1, 13)
BASELINES = {
    "one region": one_region,
    "3 x 3 grid": grid,
    "4 clusters of colours, blurred, in pieces": lambda image: colour_pieces(image, 4, blur=3.0),
    "8 clusters of colours, pieces merged by Ward's cost": lambda image: merged_colours(image, LIMITS),
}
PUBLISHED = {
    "paper 003, its CAS loss": {
        "covering_ods regions@bsds": "0.38",
        "PRI_ods regions@bsds": "0.71",
        "VI_ods regions@bsds": "1.98",
    },
    "gPb-owt-ucm (Arbelaez et al. 2011)": {
        "covering_ods regions@bsds": "0.59",
        "PRI_ods regions@bsds": "0.83",
        "VI_ods regions@bsds": "1.69",
    },
}


def measure_baselines(source):
    """Rows of the segmentations that nothing was learnt for."""
    from xdomain_keras.metrics import RegionMetrics

    metrics = {name: RegionMetrics(boundaries=True) for name in BASELINES}
    for index in range(len(source)):
        sample = source[index]
        for name, segment in BASELINES.items():
            metrics[name].update_state(sample["regions"], segment(sample["image"]))
    rows = [{"method": name, "seed": 0, "test": {"regions@bsds": own.result()}} for name, own in metrics.items()]
    return [{**line, "seeds": None} for line in compare_methods.summarise(rows, None, COLUMNS)]


def main():
    parser = make_parser(__doc__)
    compare_methods.add_arguments(parser, METHODS)
    arguments = parser.parse_args()
    os.chdir(ROOT)  # the config's paths are relative to it
    arguments.set = [*SETTINGS, *arguments.set]
    from xdomain_keras.config import load_config
    from xdomain_keras.experiments.build import Experiment

    path = ROOT / "configs" / "class_agnostic" / "bsds500.yaml"
    baselines = measure_baselines(Experiment(load_config(path)).source("bsds", "test"))

    def save(rows, prior):
        table = compare_methods.summarise(rows, prior, COLUMNS)
        published = [{"method": name, **figures} for name, figures in PUBLISHED.items()]
        write_result(
            "bsds500",
            "BSDS500: general segmentation, no pretraining",
            {"test_split": [*table, *baselines, *published]},
            list(make_targets(rows)),
            folder=arguments.results,
            seeds=sorted({row["seed"] for row in rows}),
            notes=[
                "VI: lower is better, in bits. Covering, PRI and VI are each at their own best value of the one "
                "parameter. AP50_approximate: the part of the predicted regions that share half of their union with a "
                "drawn one; the paper does not define its AP.",
                "α, the weights' shape and the parameter's range were chosen on val, with networks trained on train.",
            ],
            details={"rows": rows, "center_prior": prior},
        )

    compare_methods.train_all("bsds500", path, METHODS, arguments, save)


def make_targets(rows):
    """Each score of the chosen network, mean over the seeds."""
    for score, (aim, sign) in AIMS.items():
        found = [row["test"]["regions@bsds"][f"{score}_ods"] for row in rows if row["method"] == OURS]
        if found:
            text = f"BSDS500 test, {OURS}, {len(found)} seeds: {score} at ODS"
            met = sign * np.mean(found) >= sign * aim and len(found) >= 3
            yield target(text, f"{'≥' if sign > 0 else '≤'} {aim}", compare_methods.spread(found), met)


if __name__ == "__main__":
    main()
