"""Joint against single-task, MMD against none, three kernels: the CPU-size network on rendered scenes, over seeds.

    python benchmarks/scenes_methods.py [--methods …] [--seeds …] [--epochs N]

Resumable. About 3 minutes of 2 cores a method and seed.
"""

import compare_methods
import train_methods
from result import CONFIGS, make_parser, target

SINGLE = ["method=multi_task", "terms.mmd=null"]
METHODS = {
    "joint, bilinear MMD": [],
    "joint, RBF MMD": ["terms.mmd.kernel=rbf"],
    "joint, linear MMD": ["terms.mmd.kernel=linear"],
    "joint, no MMD": SINGLE,
    "single: detection": [*SINGLE, "domains.street=null"],
    "single: saliency": [*SINGLE, "domains.room=null"],
}
COLUMNS = [("detection@room", metric) for metric in ("AP50", "AP")]
COLUMNS += [("saliency@street", metric) for metric in ("NSS", "CC", "AUC-Judd")]


def main():
    parser = make_parser(__doc__)
    train_methods.add_arguments(parser, METHODS)
    arguments = parser.parse_args()

    def describe(rows, no_look):
        figures = {
            "test_split": compare_methods.summarise(rows, no_look, COLUMNS),
            "difference_seed_by_seed": compare_methods.compare_pairs(rows, "joint, no MMD", COLUMNS),
        }
        return {
            "title": "Methods on rendered scenes",
            "figures": figures,
            "targets": list(make_targets(rows, no_look)),
            "notes": ["Mean ± standard deviation over the seeds: of weights, order and augmentation, not of the data."],
        }

    train_methods.train_all("scenes_methods", CONFIGS / "scenes.yaml", METHODS, arguments, describe)


def make_targets(rows, no_look):
    """The aims of `make demo`, as means over the seeds."""
    method = "joint, bilinear MMD"
    average_precision = compare_methods.mean_of(rows, method, "detection@room", "AP50")
    scanpath = compare_methods.mean_of(rows, method, "saliency@street", "NSS")
    if average_precision is not None and scanpath is not None:
        center = no_look["saliency@street"]["NSS"]
        yield target("scenes, joint: AP50", "≥ 0.5", f"{average_precision:.3f}", average_precision >= 0.5)
        yield target(
            "scenes, joint: NSS against the centre prior", f"> {center:.3f}", f"{scanpath:.3f}", scanpath > center
        )


if __name__ == "__main__":
    main()
