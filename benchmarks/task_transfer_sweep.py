"""Weight and objective of the domain classifier (paper 001, Fig. 3), on the network of task 1 alone.

    python benchmarks/task_transfer_sweep.py [--methods …] [--seeds …]

Segmentation of synthetic and photographed streets, α in .4, .5, .6 times binary cross entropy, least squares and
Wasserstein distance with gradient penalty, and two milder ones; the features of both domains as t-SNE in
`task_transfer_sweep.png`. Measured on validation images: nothing is reported from here as a result of the method.
Resumable; about 2 minutes of a core a setting and seed. `xdomain sweep` runs the same for anybody's config.
"""

import json

import compare_methods
import numpy as np
import train_methods
from result import ROOT, make_parser
from task_transfer import EPOCHS, NO_TRANSFER, SHORT

OBJECTIVES, ALPHAS = ("bce", "least_squares", "wasserstein"), (0.4, 0.5, 0.6)
SETTINGS = [(objective, alpha) for objective in OBJECTIVES for alpha in ALPHAS]
SETTINGS += [("bce", 0.9), ("bce", 0.99)]  # milder than the paper's, in whose range the classifier costs the task much
STAGE = {
    "name": "segmentation",
    "epochs": EPOCHS,
    "tasks": ["segmentation"],
    "trainable": ["backbone_segmentation", "segmentation"],
}
ONE_TASK = [
    *NO_TRANSFER,
    "domains.photo.taps=null",
    *(f"domains.{domain}.evaluate=[segmentation]" for domain in ("photo", "synthetic")),
]
METHODS = {
    "no classifier": [
        *ONE_TASK,
        "terms.domain_adversarial=null",
        f"stages={json.dumps([{**STAGE, 'terms': ['supervised']}])}",
    ]
}
for objective, alpha in SETTINGS:
    METHODS[f"{objective}, α = {alpha}"] = [
        *ONE_TASK,
        f"terms.domain_adversarial.objective={objective}",
        f"terms.supervised.weight={alpha}",
        f"terms.domain_adversarial.weight={round(1 - alpha, 3)}",
        f"stages={json.dumps([{**STAGE, 'terms': ['supervised', 'domain_adversarial']}])}",
    ]
COLUMNS = [("segmentation@photo", "mIoU"), ("segmentation@synthetic", "mIoU")]


def main():
    parser = make_parser(__doc__)
    train_methods.add_arguments(parser, METHODS)
    arguments = parser.parse_args()
    arguments.set = [*SHORT, *arguments.set]

    def describe(rows, no_look):
        draw(rows, arguments.results / "task_transfer_sweep.png")
        lines = compare_methods.summarise(rows, no_look, COLUMNS)
        for line in lines:
            own = [row["domain accuracy"] for row in rows if row["method"] == line["method"]]
            line["accuracy of a linear classifier of the domain"] = compare_methods.spread(own)
        return {
            "title": "Task transfer: weight and objective of the domain classifier",
            "figures": {"validation_split": lines},
            "targets": [
                compare_methods.whole_target("task transfer, α x objective", rows, METHODS, arguments.seeds, least=1)
            ],
            "notes": [
                "α weighs the task, 1 - α the classifier (paper 001, Eq. 2). The linear classifier is fitted to pooled "
                "features after training and measured on images held out: .5 where the domains cannot be told apart.",
                "The features of one seed in the plane by t-SNE: "
                "![features of both domains](../../benchmarks/results/task_transfer_sweep.png)",
                "α of .9 and .99 are not the paper's. Within its range the classifier costs segmentation in both "
                "domains, and yet a linear classifier tells the trained features apart as well as those trained "
                "without it.",
            ],
        }

    path = ROOT / "configs" / "task_transfer" / "scenes.yaml"
    train_methods.train_all("task_transfer_sweep", path, METHODS, arguments, describe, "validation", measure_gap)


def measure_gap(experiment):
    """How well the domains can be told apart by the trained features, and these in the plane."""
    from xdomain_keras.evaluation.domain_gap import domain_accuracy, embed
    from xdomain_keras.experiments.domain_features import domain_features

    given = (experiment.config, experiment.data, experiment.model, "c2_segmentation")
    found = {domain: domain_features(*given, domain) for domain in ("synthetic", "photo")}
    places, method = embed(found)
    return {
        "domain accuracy": domain_accuracy(*found.values()),
        "places": {domain: np.round(points, 2).tolist() for domain, points in places.items()},
        "embedding": method,
    }


def draw(rows, path):
    """A row an objective, a column an α, of the first seed."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 9), layout="constrained")
    grid = figure.subplots(len(OBJECTIVES), len(ALPHAS))
    first = {row["method"]: row for row in reversed(rows)}
    for objective, line in zip(OBJECTIVES, grid, strict=True):
        for alpha, axes in zip(ALPHAS, line, strict=True):
            row = first.get(f"{objective}, α = {alpha}")
            axes.set(title=f"{objective}, α = {alpha}", xticks=[], yticks=[])
            if row:
                for domain, points in row["places"].items():
                    axes.scatter(*np.array(points).T, s=9, alpha=0.7, label=domain)
                axes.set_xlabel(f"mIoU photo {row['test']['segmentation@photo']['mIoU']:.3f}", fontsize=8)
    grid[0, 0].legend(fontsize=8)
    figure.savefig(path, dpi=90)


if __name__ == "__main__":
    main()
