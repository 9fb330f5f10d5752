"""General segmentation of BSDS500: networks trained on train and val, measured on the test images with all annotators.

    python benchmarks/bsds500.py [--methods …] [--seeds …] [--epochs N]

Beside them stand segmentations that nothing was learnt for, and the figures of the papers. ODS: one value of one
parameter for all images. Read from ../shared/data. Resumable; about 10 minutes of a core a method and seed.
"""

import os

import compare_methods
import numpy as np
import train_methods
from built import build
from result import ROOT, make_parser, read_result, target
from segmenters import colour_pieces, grid, merged_colours, one_region

SCORES = ("covering", "PRI", "VI", "boundary_F", "AP50_approximate")
COLUMNS = [("regions@bsds", f"{score}_{kind}") for kind in ("ods", "ois") for score in SCORES]
OURS = "CAS over borders, directions, colours beside"
ALL_PAIRS = ["tasks.regions.loss={normalization: pairs, alpha: 0.1, descriptor: softmax}"]
METHODS = {
    OURS: [],
    "the same, without colours": ["tasks.regions.cuts.colors=0"],
    "the same, softmax for directions": ["tasks.regions.loss.descriptor=softmax"],
    "CAS over all pairs, softmax, α = 0.1, without colours": [
        *ALL_PAIRS,
        "tasks.regions.cuts={pieces: pixels, colors: 0, low: 0.0005, high: 0.5}",
    ],
    # Its evaluation (§5.2): what hangs together of one channel, the smallest joined up to a least size.
    "as paper 003: CAS over all pairs, softmax, α = 0.1, largest channel, pieces, least size": [
        *ALL_PAIRS,
        "tasks.regions.head={tap: c5, rates: [1, 2, 3, 4], decoder_filters: [64, 48, 32], skips: [c4, c3, c2]}",
        "tasks.regions.cuts={pieces: argmax, by: size, colors: 0, low: 0.0002, high: 0.2}",
    ],
    "discriminative, colours beside": [
        "tasks.regions.loss={name: discriminative, descriptor: linear, alpha: null, normalization: null}",
        "tasks.regions.cuts={low: 0.02, high: 5}",
    ],
}
SETTINGS = ["evaluation.every_epochs=0", "evaluation.pictures=0", "tasks.regions.metrics.boundaries=true"]
AIMS = {"covering": (0.50, 1), "PRI": (0.78, 1), "VI": (1.98, -1)}
COLOURS_ALONE = "colours alone (RGB), merged as the networks' cells are"
BASELINES = {
    "one region": one_region,
    "3 x 3 grid": grid,
    "4 clusters of colours, blurred, in pieces": lambda image: colour_pieces(image, 4, blur=3.0),
    COLOURS_ALONE: merged_colours,
    "colours alone (CIE Lab), merged so": lambda image: merged_colours(image, lab=True),
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


def measure_baselines(source, folder):
    """Rows of the segmentations that nothing was learnt for; those of an earlier result stay."""
    from xdomain_keras.metrics import RegionMetrics

    rows = (read_result("bsds500", folder) or {}).get("details", {}).get("baselines", [])
    if [row["method"] for row in rows] == list(BASELINES):
        return rows
    metrics = {name: RegionMetrics(boundaries=True) for name in BASELINES}
    for index in range(len(source)):
        sample = source[index]
        for name, segment in BASELINES.items():
            metrics[name].update_state(sample["regions"], segment(sample["image"]))
    return [{"method": name, "seed": 0, "test": {"regions@bsds": own.result()}} for name, own in metrics.items()]


def main():
    parser = make_parser(__doc__)
    train_methods.add_arguments(parser, METHODS)
    arguments = parser.parse_args()
    os.chdir(ROOT)  # the config's paths are relative to it
    arguments.set = [*SETTINGS, *arguments.set]
    path = ROOT / "configs" / "class_agnostic" / "bsds500.yaml"
    baselines = measure_baselines(build(path).data.source("bsds", "test"), arguments.results)

    def describe(rows, no_look):
        table = compare_methods.summarise(rows, no_look, COLUMNS)
        nothing_learnt = compare_methods.summarise_untrained(baselines, COLUMNS)
        published = [{"method": name, **figures} for name, figures in PUBLISHED.items()]
        return {
            "title": "BSDS500: general segmentation, no pretraining",
            "figures": {
                "test_split": [*table, *nothing_learnt, *published],
                "over_colours_alone": gains(rows, baselines),
            },
            "targets": list(make_targets(rows)),
            "notes": [
                "VI is in bits, and lower is better. Covering, PRI and VI are each given at the value of the one "
                "parameter that suits them best. AP50_approximate is the part of the predicted regions that overlap a "
                "drawn one with an IoU of at least one half; the paper does not define its AP.",
                "Merging colours alone meets the three aims by itself; what a network adds to it is shown in a table "
                "of its own.",
                "α, the way of merging, the weight of the colours and the parameter's range were chosen on val, with "
                "networks trained on train. `colours beside`: each cell's RGB, times 4, stands beside its "
                "descriptor when cells are merged; the loss does not see it.",
            ],
            "details": {"baselines": baselines},
        }

    train_methods.train_all("bsds500", path, METHODS, arguments, describe)


def gains(rows, baselines):
    """What each network adds to the same merging of colours alone, mean over the seeds."""
    cell = "regions@bsds"
    (base,) = (row["test"][cell] for row in baselines if row["method"] == COLOURS_ALONE)
    lines = []
    for method in dict.fromkeys(row["method"] for row in rows):
        own = [row["test"][cell] for row in rows if row["method"] == method]
        line = {"method": method}
        for name in (f"{score}_ods" for score in SCORES):
            line[name] = compare_methods.spread([scores[name] - base[name] for scores in own])
        lines.append(line)
    return lines


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
