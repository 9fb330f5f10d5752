"""Parameters and multiply-adds of the full-size networks of paper 003.

    python benchmarks/class_agnostic_counts.py

Nothing is trained and no data is read. About 30 seconds.
"""

from result import ROOT, count_target, make_parser, write_result

# Config → (name, millions of parameters, GMAC at 256 x 256): the public FCN and DeepLabv3 with ResNet-101 at output
# stride 8, with two classes and without the auxiliary classifier.
NETWORKS = {
    "paper_fcn": ("FCN-ResNet101", 51.94, 53.98),
    "paper_deeplab": ("DeepLabv3-ResNet101", 58.63, 60.28),
}


def main():
    arguments = make_parser(__doc__).parse_args()
    from xdomain_keras.config import load_config
    from xdomain_keras.experiments.profile import profile

    rows, targets = [], []
    for config, (name, millions, gmac) in NETWORKS.items():
        counted = profile(load_config(ROOT / "configs" / "class_agnostic" / f"{config}.yaml"), seconds=0)
        rows.append({"network": name, "config": config, **counted})
        targets.append(count_target(f"{name}: parameters", counted["parameters"], millions, "M"))
        targets.append(count_target(f"{name}: multiply-adds", counted["macs"], gmac, "G"))
    write_result(
        "class_agnostic_counts",
        "Size of the networks of paper 003",
        {"networks": rows},
        targets,
        folder=arguments.results,
        notes=["`xdomain profile class_agnostic/paper_fcn` prints the same."],
    )


if __name__ == "__main__":
    main()
