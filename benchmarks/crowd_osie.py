"""Faces from one data set of photographs, gaze from another, one network: both measured on the first, over seeds.

    python benchmarks/crowd_osie.py [--scale half | full] [--methods …] [--seeds …] [--epochs N]

`full` is the config `mmd_alignment/crowd_osie` as it is, about 16 minutes of 2 cores a method and seed; `half` is
the same network with half of the pixels and 12 epochs, about 6 minutes. The photographs are read from
../shared/data. Resumable.
"""

import os

import compare_methods
import train_methods
from result import CONFIGS, ROOT, make_parser, target

# The two domains differ in size: the single-task networks take the joint network's number of steps.
SINGLE = ["method=multi_task", "terms.mmd=null", "steps_per_epoch=63"]
METHODS = {
    "joint, bilinear MMD": [],
    "joint, no MMD": SINGLE,
    "joint, RBF MMD": ["terms.mmd.kernel=rbf"],
    "single: detection": [*SINGLE, "domains.osie=null"],
    "single: saliency": [*SINGLE, "domains.crowd.train=false"],
}
SCALES = {"full": [], "half": ["image_size=[216, 288]", "stages.0.epochs=12"]}
COLUMNS = [("detection@crowd", "AP50"), ("detection@crowd", "AP")]
COLUMNS += [("saliency@crowd", metric) for metric in ("NSS", "CC", "AUC-Judd")] + [
    ("saliency@osie", "NSS"),
    ("saliency@osie", "CC"),
]


def main():
    parser = make_parser(__doc__)
    parser.add_argument("--scale", choices=SCALES, default="half")
    train_methods.add_arguments(parser, METHODS)
    arguments = parser.parse_args()
    os.chdir(ROOT)  # the config's paths are relative to it
    name = f"crowd_osie_{arguments.scale}"
    arguments.set = [
        *SCALES[arguments.scale],
        *([f"stages.0.epochs={arguments.epochs}"] if arguments.epochs else []),
        *arguments.set,
    ]
    arguments.epochs = None

    def describe(rows, no_look):
        return {
            "title": f"Real photographs: faces of `crowd`, gaze of `osie` ({arguments.scale})",
            "figures": {
                "test_split": compare_methods.summarise(rows, no_look, COLUMNS),
                "difference_seed_by_seed": compare_methods.compare_pairs(rows, "joint, no MMD", COLUMNS),
            },
            "targets": list(make_targets(rows, no_look, arguments.scale)),
            "notes": [
                "Saliency is trained on `osie` only, so its figures on `crowd` are those of another data set; "
                "the Gaussian of the densities is 12 px at a width of 512.",
                "Mean ± standard deviation over the seeds; weights are chosen on the validation split.",
                "The single-task networks take as many steps as the joint one.",
            ],
        }

    train_methods.train_all(name, CONFIGS / "crowd_osie.yaml", METHODS, arguments, describe)


def make_targets(rows, no_look, scale):
    """The aims on real photographs, as means over the seeds."""
    method, place = "joint, bilinear MMD", f"crowd + osie, joint, {scale}"
    for metric in ("NSS", "CC"):
        value = compare_methods.mean_of(rows, method, "saliency@crowd", metric)
        center = no_look["saliency@crowd"][metric]
        if value is not None:
            text = f"{place}: {metric} on crowd test against the centre prior"
            yield target(text, f"> {center:.3f}", f"{value:.3f}", value > center)
    value = compare_methods.mean_of(rows, method, "detection@crowd", "AP50")
    if value is not None:
        yield target(f"{place}: face AP50", "≥ 0.25", f"{value:.3f}", value >= 0.25)
    minutes = [row["seconds"] / 60 for row in rows if row["method"] == method]
    if minutes:
        yield target(f"{place}: training, minutes on 2 cores", "≤ 60", f"{max(minutes):.1f}", max(minutes) <= 60)


if __name__ == "__main__":
    main()
