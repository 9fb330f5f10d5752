"""Partial labels: pair mapping beside its rivals, and full labels with every balancer, on rendered scenes.

    python benchmarks/pair_mapping.py --table one | full | 1:9 | 9:1 [--methods …] [--seeds …] [--epochs N]

`one`: rooms, three tasks, one label per image. `full`: the same with all labels. `1:9` and `9:1`: streets, this share
of the images labelled for segmentation and that for depth. Resumable. One to four minutes of a core a method and
seed, ten for the maps of Perceptual-Map and X-task; two processes of one core each finish a third sooner than one of
two.
"""

import json

import compare_methods
import numpy as np
import train_methods
from result import ROOT, make_parser

COUNT, EPOCHS = 64, 60
STEPS = COUNT // 2  # an epoch, at the batch size of the configs
SHORT = ["evaluation.every_epochs=0", "evaluation.pictures=0"]  # the last weights: nothing is chosen on a split
NO_PAIRS = ["terms.pair_consistency=null"]
SUPERVISED = ["method=multi_task", "terms.supervised.reduction=image", *NO_PAIRS]
OURS = "ours"
RARE = "so see the rare labels ten times as often, the others 1.1 times"
SEEN = {
    "one": "so see their labels three times as often",
    "full": "see their labels as often",
    "1:9": RARE,
    "9:1": RARE,
}
# Each rival's term, and its weight: the better of two on validation images (`pair_mapping_weights.py`, three seeds),
# but for Perceptual-Map, whose two are within the spread of the seeds (a gain of 6.1% at 1.0, of 6.3% at 0.3).
RIVAL_TERMS = {
    "semi-supervised": ("crop_consistency", {}, 0.3),
    "Direct-Map": ("cross_task_maps", {"kind": "direct", "width": 0.125}, 1.0),
    "Perceptual-Map": ("cross_task_maps", {"kind": "perceptual", "width": 0.125}, 1.0),
    "Contrastive-Loss": ("pair_contrastive", {}, 0.3),
    "Discriminator-Loss": ("pair_discriminator", {}, 0.3),
}


def with_term(term, options, weight):
    """Overrides that put another term in the place of the pair consistency."""
    return [*NO_PAIRS, f"terms.{term}={json.dumps({**options, 'weight': weight})}"]


RIVALS = {name: with_term(*RIVAL_TERMS[name]) for name in RIVAL_TERMS}
MAPS = {name: RIVALS[name] for name in ("semi-supervised", "Direct-Map", "Perceptual-Map")}
ONE = {
    "supervised, all labels": [*SUPERVISED, "domains.room.labels=null"],
    "supervised": SUPERVISED,
    **RIVALS,
    "ours, w/o cond": ["terms.pair_consistency.condition=none"],
    "ours, w/o reg": ["terms.pair_consistency.regularizer=0"],
    # With the authors' weight for these three tasks.
    "ours, as released": [
        "terms.pair_consistency.as_released=true",
        "terms.pair_consistency.weight=2",
        "terms.supervised.reduction=sum",
    ],
    OURS: [],
}
BALANCERS = ("uncertainty", "dwa", "gradnorm", "mgda", "pcgrad", "cagrad", "nash_mtl", "imtl", "random")
MTAN = ["model.backbone={name: mtan, width: 0.25, tasks: [segmentation, depth, normals]}"]
ALL_PAIRS = ["terms.pair_consistency.pairs=all"]
FULL = {
    "supervised": SUPERVISED,
    **{name: [*SUPERVISED, f"balancing.name={name}"] for name in BALANCERS},
    "MTAN": [*SUPERVISED, *MTAN],
    "X-task": with_term("cross_task_maps", {"kind": "x_task", "width": 0.125}, RIVAL_TERMS["Perceptual-Map"][2]),
    OURS: ALL_PAIRS,
    "ours + uncertainty": [*ALL_PAIRS, "balancing.name=uncertainty"],
}
METRICS = {"segmentation": ("mIoU", 1), "depth": ("abs", -1), "normals": ("mean", -1)}
# The paper's ordering, Tables 1, 2, 4 and 6 (partial labels) and 5 (full): which is better, and than which.
PARTIAL_ORDER = [(OURS, other) for other in ONE if other not in (OURS, "supervised, all labels", "ours, as released")]
PARTIAL_ORDER += [("semi-supervised", "supervised"), ("supervised, all labels", OURS)]
FULL_ORDER = [(OURS, "supervised"), (OURS, "MTAN"), (OURS, "X-task"), ("MTAN", "supervised")]
FULL_ORDER += [("X-task", "supervised"), ("ours + uncertainty", OURS)]


ROOM = ("segmentation", "depth", "normals")
STREET = ("segmentation", "depth")
SINGLE = {
    domain: {name: [*own, *NO_PAIRS] for name, own in train_methods.single_tasks(domain, tasks, steps=STEPS).items()}
    for domain, tasks in {"room": ROOM, "street": STREET}.items()
}
STREET_METHODS = {"supervised": SUPERVISED, **MAPS, OURS: [], **SINGLE["street"]}
TABLES = {
    "one": ("room", [], {**ONE, **SINGLE["room"]}),
    "full": ("room", ["domains.room.labels.regime=full"], {**FULL, **SINGLE["room"]}),
    "1:9": ("street", ["domains.street.labels.ratios={segmentation: 1, depth: 9}"], STREET_METHODS),
    "9:1": ("street", ["domains.street.labels.ratios={segmentation: 9, depth: 1}"], STREET_METHODS),
}
TITLES = {
    "one": "Partial labels, rendered rooms: three tasks, one label per image",
    "full": "Full labels, rendered rooms: three tasks, every balancer",
    "1:9": "Partial labels, rendered streets: a tenth for segmentation, the others for depth",
    "9:1": "Partial labels, rendered streets: nine tenths for segmentation, the others for depth",
}


def main():
    parser = make_parser(__doc__)
    parser.add_argument("--table", choices=TABLES, default="one")
    table = parser.parse_known_args()[0].table
    domain, settings, methods = TABLES[table]
    train_methods.add_arguments(parser, methods)
    arguments = parser.parse_args()
    set_scale(arguments, domain, settings)
    name = f"pair_mapping_{table.replace(':', '_to_')}"
    columns = columns_of(domain)

    def describe(rows, no_look):
        order = FULL_ORDER if table == "full" else PARTIAL_ORDER
        deltas = {method: delta_mtl(rows, method, columns) for method in methods}
        lines = compare_methods.summarise(rows, no_look, columns)
        for line in lines:
            line["Δ_MTL %"] = compare_methods.spread(list(deltas[line["method"]].values()))
        return {
            "title": TITLES[table],
            "figures": {
                "test_split": lines,
                "the_papers_ordering_by_delta_mtl": compare_methods.compare_order(order, deltas, "difference of Δ_MTL"),
            },
            "targets": [compare_methods.whole_target(f"partial labels, table {table}", rows, methods, arguments.seeds)],
            "notes": [
                "Mean ± standard deviation over the seeds (labels, weights, order); last weights; test split.",
                "Δ_MTL: mean relative gain over the single-task networks of the same seed, in percent.",
                "mIoU: higher is better; abs (metres) and mean (degrees): lower is better.",
                f"The single-task networks take as many steps, and {SEEN[table]}.",
                "The six cross-task maps are half as wide as the network; those of X-task learn together with it, not "
                "before it.",
                f"{COUNT} images of 64 x 96 pixels, {EPOCHS} epochs, a SegNet a quarter as wide as the paper's: this "
                "is not its scale.",
            ],
        }

    config = ROOT / "configs" / "pair_mapping" / f"scenes_{domain}s.yaml"
    train_methods.train_all(name, config, methods, arguments, describe)


def set_scale(arguments, domain, settings=()):
    """Few images and many epochs: labels, not steps, are what is short."""
    scale = [f"domains.{domain}.splits.train.count={COUNT}", f"stages.0.epochs={arguments.epochs or EPOCHS}"]
    arguments.set, arguments.epochs = [*scale, *SHORT, *settings, *arguments.set], None


def columns_of(domain):
    """(cell, metric) of the tasks of a domain."""
    return [(f"{task}@{domain}", METRICS[task][0]) for task in (ROOM if domain == "room" else STREET)]


def delta_mtl(rows, method, columns, base="single: {task}"):
    """Dict of seed → `1/K Σ ± (M - M_base) / M_base` in percent, of the seeds that have all figures."""
    scores = {(row["method"], row["seed"]): row["test"] for row in rows}
    found = {}
    for seed in sorted({row["seed"] for row in rows if row["method"] == method}):
        gains = []
        for cell, metric in columns:
            task = cell.split("@")[0]
            before = scores.get((base.format(task=task), seed), {}).get(cell, {}).get(metric)
            value = scores[method, seed].get(cell, {}).get(metric)
            if before and value is not None and value == value:
                gains.append(100 * METRICS[task][1] * (value - before) / before)
        if len(gains) == len(columns):
            found[seed] = float(np.mean(gains))
    return found


if __name__ == "__main__":
    main()
