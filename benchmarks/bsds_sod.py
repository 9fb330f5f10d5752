"""Real photographs: edges of BSDS500 and salient objects of SOD, one label per image.

    python benchmarks/bsds_sod.py [--methods …] [--seeds …] [--epochs N]

200 images to train on, 100 to test on (those of SOD in BSDS's validation set), read from ../shared/data. Resumable.
"""

import os

import compare_methods
import train_methods
from result import ROOT, make_parser, target

SUPERVISED = ["method=multi_task", "terms.supervised.reduction=image"]
METHODS = {
    "supervised, one label": SUPERVISED,
    "pair mapping, one label": [],
    "pair mapping, weight 0.3": ["terms.pair_consistency.weight=0.3"],  # that of the rendered rooms
    "semi-supervised, one label": ["terms.pair_consistency=null", "terms.crop_consistency={}"],
    "supervised, all labels": [*SUPERVISED, "domains.bsds.labels=null"],
    **train_methods.single_tasks("bsds", ("edges", "salient_object"), steps=25),
}
COLUMNS = [("edges@bsds", metric) for metric in ("odsF", "oisF", "AP")]
COLUMNS += [("salient_object@bsds", metric) for metric in ("F_max", "F_mean", "F_adaptive", "MAE", "IoU")]
# Nothing is chosen on the test split: the last weights are measured, once.
SETTINGS = ["evaluation.every_epochs=0", "evaluation.pictures=0", "tasks.edges.metrics.thresholds=19"]


def main():
    parser = make_parser(__doc__)
    train_methods.add_arguments(parser, METHODS)
    arguments = parser.parse_args()
    os.chdir(ROOT)  # the config's paths are relative to it
    arguments.set = [*SETTINGS, *arguments.set]

    def describe(rows, no_look):
        return {
            "title": "Real photographs: edges of BSDS500 and salient objects of SOD, one label per image",
            "figures": {
                "test_split": compare_methods.summarise(rows, no_look, COLUMNS),
                "difference_seed_by_seed": compare_methods.compare_pairs(rows, "supervised, one label", COLUMNS),
            },
            "targets": list(make_targets(rows)),
            "notes": [
                "A small ResNet-18 from random weights on 200 photographs at 160 x 160: figures of pretrained networks "
                "at full size are far higher. Edges are thinned and matched at the photograph's size, tolerance 0.0075 "
                "of its diagonal, 19 thresholds.",
                "MAE: lower is better. The last weights are measured; nothing is chosen on the test split.",
            ],
        }

    train_methods.train_all(
        "bsds_sod", ROOT / "configs" / "pair_mapping" / "bsds_sod.yaml", METHODS, arguments, describe
    )


def make_targets(rows):
    """Both methods over at least three seeds."""
    for method in ("supervised, one label", "pair mapping, one label"):
        seeds = sum(row["method"] == method for row in rows)
        figures = ", ".join(
            f"{metric} {value:.3f}"
            for cell, metric in (COLUMNS[0], COLUMNS[3], COLUMNS[6])
            if (value := compare_methods.mean_of(rows, method, cell, metric)) is not None
        )
        yield target(f"BSDS + SOD, {method}: seeds measured", "≥ 3", f"{seeds} ({figures})", seeds >= 3)


if __name__ == "__main__":
    main()
