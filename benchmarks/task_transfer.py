"""Task transfer beside its rivals: a task learnt on synthetic streets, measured on photographed ones without labels.

    python benchmarks/task_transfer.py --table segmentation_to_depth | depth_to_segmentation | camvid [--methods …]

The first two are rendered; in `camvid`, A is rendered and B are the photographs of CamVid, where segmentation alone can
be measured: by the network of task 1 with and without the classifier, and by one that saw A alone. Resumable. One to
three minutes of a core a method and seed.
"""

import json
import os

import compare_methods
import train_methods
from result import ROOT, make_parser

EPOCHS = 12  # of each stage
SHORT = ["evaluation.every_epochs=0", "evaluation.pictures=0"]  # the last weights: nothing is chosen on a split
NO_CLASSIFIER = ["terms.domain_adversarial=null"]
NO_TRANSFER = ["terms.feature_matching=null", "model.backbone.transfer=null"]


def again(base, transfer, *overrides):
    """Overrides of another transfer network between the two networks that `base` has trained."""
    stage = {
        "name": "transfer",
        "epochs": EPOCHS,
        "domains": ["synthetic"],
        "trainable": ["backbone_transfer"],
        "terms": ["feature_matching"],
    }
    begun = [f"model.start_from={json.dumps(base)}", f"stages={json.dumps([stage])}"]
    return [f"model.backbone.transfer={transfer}", *begun, *overrides]


OURS = {
    "ours, conv": ["model.backbone.transfer.kind=conv"],
    "ours, unet": again("ours, conv", "{kind: unet, width: 0.25}"),
    "ours, unet_attention": again("ours, conv", "{kind: unet_attention, width: 0.25}"),
}


def alone(task, domains, target_domain, terms=("supervised",)):
    """Overrides of one network for task 2 on some domains, used on B as it is."""
    stage = {
        "name": task,
        "epochs": EPOCHS,
        "domains": list(domains),
        "tasks": [task],
        "trainable": [f"backbone_{task}", task],
        "terms": list(terms),
    }
    measured = [f"domains.{domain}.evaluate=[{task}]" for domain in (domains[0], target_domain)]
    untapped = f"domains.{target_domain}.taps=null"
    return [*NO_CLASSIFIER, *NO_TRANSFER, *measured, untapped, f"stages={json.dumps([stage])}"]


def methods_of(first, second):
    """The table's methods for one direction, task 1 to task 2."""
    dan = f"terms.mmd={json.dumps({'kernel': 'rbf', 'feature': f'c2_{second}', 'weight': 1.0})}"
    plain = ["terms.supervised.weight=1.0", *NO_CLASSIFIER, "stages.0.terms=[supervised]"]
    both = ["synthetic", "photo"]
    return {
        "source only": alone(second, ["synthetic"], "photo"),
        "ours, no classifier": [*plain, "model.backbone.transfer.kind=unet"],
        # The networks of the paper, not of AT/DT: what is compared is the method.
        "AT/DT": again(
            "ours, no classifier",
            "{kind: wide_conv, width: 0.125}",
            *NO_CLASSIFIER,
            "terms.feature_matching.distance=l2",
        ),
        "DAN": [*alone(second, both, "photo", ["supervised", "mmd"]), dan],
        **OURS,
        "oracle": [*alone(second, both, "photo"), f"domains.photo.tasks=[{first}, {second}]"],
    }


CAMVID = {
    "A alone": alone("segmentation", ["street"], "camvid"),
    "without classifier": ["terms.supervised.weight=1.0", *NO_CLASSIFIER, "stages.0.terms=[supervised]"],
    "ours, unet": [],
}
# What the sweep's validation images leave of the classifier where it is to cost task 1 nothing.
MILD = {
    "ours, unet, α = 0.99": [
        "terms.supervised.weight=0.99",
        "terms.domain_adversarial.weight=0.01",
        "model.backbone.transfer.kind=unet",
    ]
}
SETTINGS = {
    "segmentation_to_depth": ("scenes", {**methods_of("segmentation", "depth"), **MILD}),
    "depth_to_segmentation": ("scenes_depth_to_segmentation", methods_of("depth", "segmentation")),
    "camvid": ("street_camvid", CAMVID),
}
DEPTH = [("depth@photo", metric) for metric in ("rel", "sq_rel", "rmse", "rmse_log", "delta1", "delta2", "delta3")]
SEGMENTATION = [("segmentation@photo", metric) for metric in ("mIoU", "pixel_accuracy")]
COLUMNS = {
    "segmentation_to_depth": [*DEPTH, SEGMENTATION[0]],
    "depth_to_segmentation": [*SEGMENTATION, ("depth@photo", "rmse")],
    "camvid": [
        ("segmentation@camvid", "mIoU"),
        ("segmentation@camvid", "pixel_accuracy"),
        ("segmentation@street", "mIoU"),
    ],
}
# What is compared, and which way is better.
MAIN = {
    "segmentation_to_depth": ("depth@photo", "rmse", -1),
    "depth_to_segmentation": ("segmentation@photo", "mIoU", 1),
    "camvid": ("segmentation@camvid", "mIoU", 1),
}
TITLES = {
    "segmentation_to_depth": "Task transfer, rendered streets: depth from segmentation",
    "depth_to_segmentation": "Task transfer, rendered streets: segmentation from depth",
    "camvid": "Task transfer, rendered streets to the photographs of CamVid",
}
# The paper's ordering, Tables 2 and 3: which is better, and than which.
ORDER = [
    ("ours, unet", "AT/DT"),
    ("ours, unet_attention", "AT/DT"),
    ("ours, unet_attention", "ours, unet"),
    ("ours, unet", "ours, conv"),
    ("ours, unet", "ours, no classifier"),
    ("ours, unet", "DAN"),
    ("ours, unet", "source only"),
    ("oracle", "ours, unet_attention"),
    ("ours, unet, α = 0.99", "ours, no classifier"),
    ("ours, unet", "without classifier"),
    ("without classifier", "A alone"),
]


def main():
    parser = make_parser(__doc__)
    parser.add_argument("--table", choices=SETTINGS, default="segmentation_to_depth")
    table = parser.parse_known_args()[0].table
    config, methods = SETTINGS[table]
    train_methods.add_arguments(parser, methods)
    arguments = parser.parse_args()
    os.chdir(ROOT)  # the paths of street_camvid are relative to it
    arguments.set = [*SHORT, *arguments.set]

    def describe(rows, no_look):
        lines = compare_methods.summarise(rows, no_look, COLUMNS[table])
        scores = compare_methods.scores_of(rows, methods, *MAIN[table])
        what = f"difference of {MAIN[table][1]}, better is positive"
        return {
            "title": TITLES[table],
            "figures": {"test_split": lines, "the_papers_ordering": compare_methods.compare_order(ORDER, scores, what)},
            "targets": [compare_methods.whole_target(f"task transfer, {table}", rows, methods, arguments.seeds)],
            "notes": [
                "Mean ± standard deviation over the seeds; last weights; test split. `rel` to `rmse_log` are averaged "
                "over images; lower is better.",
                "`source only` and `oracle` are task 2's network alone, trained on A and on both; `DAN` pulls its "
                "features together by multi-kernel MMD. `AT/DT` is the method on the same base networks: no "
                "classifier, mean squares, six wide convolutions.",
                "All transfer networks of `ours` connect the same two networks of a seed; that of AT/DT connects those "
                "of `no classifier`.",
                "The networks are a quarter as wide as the paper's and train for 12 epochs per stage: this is not the "
                "paper's scale.",
            ],
        }

    path = ROOT / "configs" / "task_transfer" / f"{config}.yaml"
    train_methods.train_all(f"task_transfer_{table}", path, methods, arguments, describe)


if __name__ == "__main__":
    main()
