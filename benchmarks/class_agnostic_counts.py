"""Parameters and multiply-adds of the full-size networks of paper 003.

    python benchmarks/class_agnostic_counts.py

Nothing is trained and no data is read. About 30 seconds.
"""

from result import ROOT, make_parser, target, write_result

# Config → (name, millions of parameters, GMAC at 256 x 256): the public FCN and DeepLabv3 with ResNet-101 at output
# stride 8, with two classes and without the auxiliary classifier.
NETWORKS = {
    "paper_fcn": ("FCN-ResNet101", 51.94, 53.98),
    "paper_deeplab": ("DeepLabv3-ResNet101", 58.63, 60.28),
}
TOLERANCE = 1e-3


def main():
    arguments = make_parser(__doc__).parse_args()
    from xdomain_keras.config import load_config
    from xdomain_keras.experiments.profile import profile

    rows, targets = [], []
    for config, (name, millions, gmac) in NETWORKS.items():
        counted = profile(load_config(ROOT / "configs" / "class_agnostic" / f"{config}.yaml"), seconds=0)
        rows.append({"network": name, "config": config, **counted})
        for what, key, size, unit in (
            ("parameters", "parameters", millions, "M"),
            ("multiply-adds", "macs", gmac, "G"),
        ):
            found = counted[key] / {"M": 1e6, "G": 1e9}[unit]
            near = abs(found / size - 1) <= TOLERANCE
            targets.append(target(f"{name}: {what}", f"{size:g} {unit} ± 0.1%", f"{found:.3f} {unit}", near))
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
