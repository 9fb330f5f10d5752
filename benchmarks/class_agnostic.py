"""Salient objects from masks whose classes are wrong in a part of the images (paper 003, §4): four losses.

    python benchmarks/class_agnostic.py --table sod | scenes | alpha [--methods …] [--seeds …] [--epochs N]

`sod`: photographs of SOD, object and background swapped in 0, 2, 5, 10, 30 and 50 % of the training masks. `scenes`:
the same on rendered rooms; losses that read no class see none and half swapped, the shares between are the same rows.
`alpha`: the weight α of the CAS loss on SOD, measured on validation images. Which channel is the object is chosen on
validation images. Resumable; about a minute and a half of a core a run.
"""

import os

import compare_methods
import train_methods
from result import ROOT, make_parser

EPOCHS = 30
LOSSES = {"CE": "cross_entropy", "CACE": "class_agnostic_entropy", "CAS": "cas", "discriminative": "discriminative"}
SWAPPED = (0, 0.02, 0.05, 0.1, 0.3, 0.5)
ALPHAS = (0.02, 0.05, 0.1, 0.3, 0.5, 0.7, 0.9)
SCORES = ("F_adaptive", "F_max", "F_weighted", "S", "E_mean", "MAE")
SHORT = ["evaluation.every_epochs=0", "evaluation.pictures=0"]  # the last weights are measured
TITLES = {
    "sod": "Class-agnostic losses: salient objects of photographs, classes of the masks wrong",
    "scenes": "Class-agnostic losses: salient objects of rendered rooms, classes of the masks wrong",
    "alpha": "CAS loss: its weight α, on validation photographs",
}
# Paper 003, Tables 1 to 3: what holds with half of the classes wrong, and with none.
ORDER = [
    (f"{first}, q = {q}", f"{second}, q = {q}")
    for first, second, q in [
        ("CAS", "CE", 0.5),
        ("CAS", "CACE", 0.5),
        ("CAS", "discriminative", 0.5),
        ("CACE", "CE", 0.5),
        ("CE", "CAS", 0),
        ("CAS", "CACE", 0),
        ("CAS", "discriminative", 0),
    ]
]


def methods_of(table, domain):
    """Overrides of the table's rows, by name."""
    if table == "alpha":
        return {f"α = {alpha}": [f"tasks.salient_object.loss={{name: cas, alpha: {alpha}}}"] for alpha in ALPHAS}
    return {
        f"{name}, q = {q}": [
            f"tasks.salient_object.loss={{name: {loss}{'' if name == 'CAS' else ', alpha: null'}}}",
            f"domains.{domain}.swap_objects={q}",
        ]
        for name, loss in LOSSES.items()
        for q in shares_of(name, table)
    }


def shares_of(name, table):
    """Shares of swapped masks at which a loss is measured: its ends suffice where the loss reads no class."""
    return SWAPPED if table == "sod" or name == "CE" else (SWAPPED[0], SWAPPED[-1])


def main():
    parser = make_parser(__doc__)
    parser.add_argument("--table", choices=TITLES, default="sod")
    table = parser.parse_known_args()[0].table
    domain = "room" if table == "scenes" else "sod"
    methods, columns = methods_of(table, domain), [(f"salient_object@{domain}", score) for score in SCORES]
    train_methods.add_arguments(parser, methods)
    arguments = parser.parse_args()
    os.chdir(ROOT)  # the config's paths are relative to it
    arguments.set, arguments.epochs = [f"stages.0.epochs={arguments.epochs or EPOCHS}", *SHORT, *arguments.set], None
    name, split = f"class_agnostic_{table}", "validation" if table == "alpha" else "test"

    def describe(rows, no_look):
        figures = {f"{split}_split": compare_methods.summarise(rows, no_look, columns)}
        if table != "alpha":
            for score in ("F_adaptive", "F_max", "S"):
                scores = compare_methods.scores_of(rows, methods, columns[0][0], score)
                figures[f"fall_of_{score}_from_the_right_classes"] = falls(scores, table)
                figures[f"the_papers_ordering_by_{score}"] = compare_methods.compare_order(ORDER, scores, "difference")
        return {
            "title": TITLES[table],
            "figures": figures,
            "targets": [
                compare_methods.whole_target(f"class-agnostic losses, table {table}", rows, methods, arguments.seeds)
            ],
            "notes": [
                "A small ResNet-18 from random weights; mean ± standard deviation over the seeds (weights, order, "
                "which masks are swapped). F_adaptive: threshold of twice the mean; MAE: lower is better. The paper "
                "trains FCN-ResNet101 on thousands of photographs.",
                "The object is the one of the two channels that correlates more with the masks of the validation "
                "split, whose classes are right; this holds for the cross entropy too, although it knows its object.",
                "F_adaptive of a map whose object is dark falls below that of a map that calls everything object; "
                "F_max and S do not depend on that threshold, so the orderings are given by all three. The margins of "
                "the discriminative loss are its authors' (.5 and 1.5) and α is the paper's; neither was tuned here.",
                "Only the cross entropy reads classes. To the other losses a swapped mask is the same mask, so that "
                "their rows of one seed are equal to the last digit, however many masks are swapped.",
            ],
        }

    config = ROOT / "configs" / "class_agnostic" / f"{'scenes' if table == 'scenes' else 'sod'}.yaml"
    train_methods.train_all(name, config, methods, arguments, describe, split=split)


def falls(scores, table):
    """What each loss loses, seed by seed, from masks of which none is swapped."""
    lines = []
    for name in LOSSES:
        line, base = {"loss": name}, scores[f"{name}, q = 0"]
        for q in shares_of(name, table)[1:]:
            own = scores[f"{name}, q = {q}"]
            line[f"q = {q}"] = compare_methods.spread([base[seed] - own[seed] for seed in base.keys() & own.keys()])
        lines.append(line)
    return lines


if __name__ == "__main__":
    main()
