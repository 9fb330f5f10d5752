"""Parameters and multiply-adds of the full-size networks of paper 000, beside what the paper prints.

    python benchmarks/counts.py

Nothing is trained and no data is read. About 20 seconds.
"""

from result import CONFIGS, count_target, make_parser, target, write_result

# Config → (name, millions of parameters from … to, GMAC), as in paper 000, tables 1 and 2.
PAPER = {
    "paper_ssd300": ("SSD300-R50", (45.49, 45.85), 12.68),
    "paper_msinet": ("MSI-Net-R50", (39.43, 39.43), 9.48),
    "paper_joint": ("joint", (51.17, 51.17), 13.445),
}
TOLERANCE = 1e-3


def main():
    arguments = make_parser(__doc__).parse_args()
    from xdomain_keras.config import load_config
    from xdomain_keras.experiments.profile import profile

    rows, targets = [], []
    for config, (name, (least, most), gmac) in PAPER.items():
        counted = profile(load_config(CONFIGS / f"{config}.yaml"), seconds=0)
        parameters = counted["parameters"] / 1e6
        rows.append({"network": name, "config": config, **counted})
        span = f"{least:g} M" if least == most else f"{least:g}–{most:g} M"
        inside = least * (1 - TOLERANCE) <= parameters <= most * (1 + TOLERANCE)
        targets.append(target(f"{name}: parameters", f"{span} ± 0.1%", f"{parameters:.3f} M", inside))
        targets.append(count_target(f"{name}: multiply-adds", counted["macs"], gmac, "G"))
    notes = [
        "Counted are trainable parameters, and the multiply-adds of convolutions and dense layers for one image "
        "of 300 x 300; `xdomain profile CONFIG --json` prints the same."
    ]
    write_result(
        "counts", "Size of the full-size networks", {"networks": rows}, targets, folder=arguments.results, notes=notes
    )


if __name__ == "__main__":
    main()
