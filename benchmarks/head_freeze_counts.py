"""Parameters and multiply-adds of the full-size networks of paper 004, and of what is frozen in them.

    python benchmarks/head_freeze_counts.py

Nothing is trained and no data is read. About 20 seconds.
"""

import numpy as np
from result import ROOT, count_target, make_parser, write_result

# Config → (name, millions of parameters, GMAC at 256 x 256, millions of frozen parameters). The paper prints no counts:
# these are those of its description, with 256 channels, kernels of 3 and 4, 40 classes and 68 keypoints.
NETWORKS = {
    "paper_indoor": ("indoor scenes, segmentation for anchor", 26.44, 9.73, 0.832043),
    "paper_faces": ("faces, keypoints for anchor", 26.64, None, None),
}


def count_frozen(experiment):
    """Parameters that the last stage holds."""
    layers = [layer for part in experiment.stages()[-1].frozen for layer in experiment.network.part(part)]
    return sum(int(np.prod(weight.shape)) for layer in layers for weight in layer.weights)


def main():
    arguments = make_parser(__doc__).parse_args()
    from xdomain_keras.config import load_config
    from xdomain_keras.experiments.build import Experiment
    from xdomain_keras.experiments.profile import profile

    rows, targets = [], []
    for name, (title, millions, gmac, frozen) in NETWORKS.items():
        config = load_config(ROOT / "configs" / "head_freeze" / f"{name}.yaml")
        counted = {**profile(config, seconds=0), "frozen parameters": count_frozen(Experiment(config))}
        rows.append({"network": title, "config": name, **counted})
        targets.append(count_target(f"{title}: parameters", counted["parameters"], millions, "M"))
        if gmac:
            targets.append(count_target(f"{title}: multiply-adds", counted["macs"], gmac, "G"))
        if frozen:
            targets.append(count_target(f"{title}: frozen parameters", counted["frozen parameters"], frozen, "M"))
    write_result(
        "head_freeze_counts",
        "Size of the networks of paper 004",
        {"networks": rows},
        targets,
        folder=arguments.results,
        notes=[
            "The heads' layers are frozen whole, the dense layers of the keypoints' depths too; the paper says so of "
            "what comes after the second step up."
        ],
    )


if __name__ == "__main__":
    main()
