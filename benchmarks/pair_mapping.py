"""Partial labels: pair mapping beside its rivals, and full labels with every balancer, on rendered scenes.

    python benchmarks/pair_mapping.py --table one | full | 1:9 | 9:1 [--methods …] [--seeds …] [--epochs N]

`one`: rooms, three tasks, one label an image. `full`: the same with all labels. `1:9` and `9:1`: streets, this share
of the images labelled for segmentation and that for depth. Resumable. One to seven minutes of 2 cores a method and
seed, twenty for the maps of Perceptual-Map and X-task.
"""

import compare_methods
import numpy as np
from result import ROOT, make_parser, target, write_result

COUNT, EPOCHS = 96, 100
STEPS = COUNT // 8  # an epoch, at the batch size of the configs
SHORT = ["evaluation.every_epochs=0", "evaluation.pictures=0"]  # the last weights: nothing is chosen on a split
SUPERVISED = ["method=multi_task", "terms.supervised.reduction=image"]
NO_PAIRS = ["terms.pair_consistency=null"]
MAPS = [*NO_PAIRS, "terms.cross_task_maps.width=0.125"]
OURS = "ours"
RIVALS = {
    "semi-supervised": [*NO_PAIRS, "terms.crop_consistency={}"],
    "Direct-Map": [*MAPS, "terms.cross_task_maps.kind=direct"],
    "Perceptual-Map": [*MAPS, "terms.cross_task_maps.kind=perceptual"],
}
ONE = {
    "supervised, all labels": [*SUPERVISED, "domains.room.labels=null"],
    "supervised": SUPERVISED,
    **RIVALS,
    "Contrastive-Loss": [*NO_PAIRS, "terms.pair_contrastive={}"],
    "Discriminator-Loss": [*NO_PAIRS, "terms.pair_discriminator={}"],
    "ours, w/o cond": ["terms.pair_consistency.condition=none"],
    "ours, w/o reg": ["terms.pair_consistency.regularizer=0"],
    "ours, as released": ["terms.pair_consistency.as_released=true", "terms.supervised.reduction=sum"],
    OURS: [],
}
BALANCERS = ("uncertainty", "dwa", "gradnorm", "mgda", "pcgrad", "cagrad", "nash_mtl", "imtl", "random")
LEVELS = [f"tasks.{task}.head.tap=c0_{task}" for task in ("segmentation", "depth", "normals")]
MTAN = ["model.backbone.name=mtan", "model.backbone.tasks=[segmentation, depth, normals]", *LEVELS]
ALL_PAIRS = ["terms.pair_consistency.pairs=all"]
FULL = {
    "supervised": SUPERVISED,
    **{name: [*SUPERVISED, f"balancing.name={name}"] for name in BALANCERS},
    "MTAN": [*SUPERVISED, *MTAN],
    "X-task": [*MAPS, "terms.cross_task_maps.kind=x_task"],
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
STREET_METHODS = {"supervised": SUPERVISED, **RIVALS, OURS: [], **compare_methods.single_tasks("street", STREET, STEPS)}
TABLES = {
    "one": ("room", [], {**ONE, **compare_methods.single_tasks("room", ROOM, STEPS)}),
    "full": (
        "room",
        ["domains.room.labels.regime=full"],
        {**FULL, **compare_methods.single_tasks("room", ROOM, STEPS)},
    ),
    "1:9": ("street", ["domains.street.labels.ratios={segmentation: 1, depth: 9}"], STREET_METHODS),
    "9:1": ("street", ["domains.street.labels.ratios={segmentation: 9, depth: 1}"], STREET_METHODS),
}
TITLES = {
    "one": "Partial labels, rendered rooms: three tasks, one label an image",
    "full": "Full labels, rendered rooms: three tasks, every balancer",
    "1:9": "Partial labels, rendered streets: a tenth for segmentation, the others for depth",
    "9:1": "Partial labels, rendered streets: nine tenths for segmentation, the others for depth",
}


def main():
    parser = make_parser(__doc__)
    parser.add_argument("--table", choices=TABLES, default="one")
    table = parser.parse_known_args()[0].table
    domain, settings, methods = TABLES[table]
    compare_methods.add_arguments(parser, methods)
    arguments = parser.parse_args()
    # Few images and many epochs: labels, not steps, are what is short.
    scale = [f"domains.{domain}.splits.train.count={COUNT}", f"stages.0.epochs={arguments.epochs or EPOCHS}"]
    arguments.set, arguments.epochs = [*scale, *SHORT, *settings, *arguments.set], None
    name = f"pair_mapping_{table.replace(':', '_to_')}"
    columns = [(f"{task}@{domain}", METRICS[task][0]) for task in METRICS if domain == "room" or task != "normals"]

    def save(rows, prior):
        order = FULL_ORDER if table == "full" else PARTIAL_ORDER
        deltas = {method: delta_mtl(rows, method, columns) for method in methods}
        lines = compare_methods.summarise(rows, prior, columns)
        for line in lines:
            line["Δ_MTL %"] = compare_methods.spread(list(deltas[line["method"]].values()))
        write_result(
            name,
            TITLES[table],
            {"test_split": lines, "the_papers_ordering_by_delta_mtl": list(compare(order, deltas))},
            list(make_targets(table, rows, methods, arguments.seeds)),
            folder=arguments.results,
            seeds=sorted({row["seed"] for row in rows}),
            notes=[
                "Mean ± standard deviation over the seeds (labels, weights, order); last weights; test split.",
                "Δ_MTL: mean relative gain over the single-task networks of the same seed, in percent.",
                "mIoU: higher is better; abs (metres) and mean (degrees): lower is better.",
                "The single-task networks take as many steps, and so see their labels two or three times as often.",
                "The six cross-task maps are half as wide as the network; X-task's learn beside it, not before it.",
                f"{COUNT} images of 64 x 96 pixels, {EPOCHS} epochs, SegNet a quarter as wide: not the paper's scale.",
            ],
            details={"rows": rows, "center_prior": prior},
        )

    config = ROOT / "configs" / "pair_mapping" / f"scenes_{domain}s.yaml"
    compare_methods.train_all(name, config, methods, arguments, save)


def delta_mtl(rows, method, columns):
    """Dict of seed → `1/K Σ ± (M - M_single) / M_single` in percent, of the seeds that have all figures."""
    scores = {(row["method"], row["seed"]): row["test"] for row in rows}
    found = {}
    for seed in sorted({row["seed"] for row in rows if row["method"] == method}):
        gains = []
        for cell, metric in columns:
            task = cell.split("@")[0]
            base = scores.get((f"single: {task}", seed), {}).get(cell, {}).get(metric)
            value = scores[method, seed].get(cell, {}).get(metric)
            if base and value is not None and value == value:
                gains.append(100 * METRICS[task][1] * (value - base) / base)
        if len(gains) == len(columns):
            found[seed] = float(np.mean(gains))
    return found


def compare(order, deltas):
    """For each statement of the paper: does the mean over the seeds agree, and in how many seeds?"""
    for better, worse in order:
        both = deltas.get(better, {}).keys() & deltas.get(worse, {}).keys()
        if both:
            gaps = [deltas[better][seed] - deltas[worse][seed] for seed in sorted(both)]
            yield {
                "statement": f"{better} > {worse}",
                "difference of Δ_MTL": compare_methods.spread(gaps),
                "seeds that agree": f"{sum(gap > 0 for gap in gaps)} of {len(gaps)}",
                "": "holds" if np.mean(gaps) > 0 else "does not hold",
            }


def make_targets(table, rows, methods, seeds):
    """A table is whole when every method has every seed."""
    finished = {(row["method"], row["seed"]) for row in rows}
    wanted = {(method, seed) for method in methods for seed in seeds}
    text = f"partial labels, table {table}: methods and seeds measured"
    yield target(text, len(wanted), len(finished & wanted), wanted <= finished and len(seeds) >= 3)


if __name__ == "__main__":
    main()
