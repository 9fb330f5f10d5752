"""What it costs that labels name sets of classes: a training step of SSD300 with 80 classes, with and without them.

    python benchmarks/class_sets_cost.py [--rounds N] [--batch N]

Two trainers over one network, one with a plain task and one whose labels are sets, take steps in turn on the same
images and boxes in memory. About 10 minutes.
"""

import numpy as np
from result import make_parser, target, write_result
from turns import extra_cost, take_turns

SIZE = (300, 300)
NAMES = [f"class {index}" for index in range(80)]
MAX_BOXES = 100


def make_trainers(domain):
    """(trainers, tasks): dicts of `plain` and `sets`, over one network."""
    import keras

    from xdomain_keras import LabelMatrix
    from xdomain_keras.models import MultiHeadModel, build_backbone
    from xdomain_keras.tasks import Detection
    from xdomain_keras.terms import Supervised
    from xdomain_keras.training import Trainer

    keras.utils.set_random_seed(0)
    tasks = {
        name: Detection("detection", SIZE, NAMES, max_boxes=MAX_BOXES, class_sets=sets)
        for name, sets in {"plain": None, "sets": [[0, 1, 2]]}.items()
    }
    backbone = build_backbone("resnet18", (*SIZE, 3), width=0.375)
    network = MultiHeadModel(backbone, {"detection": tasks["plain"].head()})
    trainers = {}
    for name, task in tasks.items():
        trainers[name] = Trainer(network, LabelMatrix({domain: ["detection"]}), [Supervised()], {"detection": task})
        trainers[name].compile(keras.optimizers.SGD(1e-4, global_clipnorm=1.0))
    return trainers, tasks


def make_samples(count):
    """Labels of `count` images of noise: 3 to 15 boxes each, of ten classes."""
    rng, samples = np.random.default_rng(0), []
    for index in range(count):
        number = int(rng.integers(3, 16))
        corner = rng.uniform(0, 200, (number, 2))
        boxes = np.concatenate([corner, corner + rng.uniform(20, 100, (number, 2))], axis=1)
        samples.append(
            {
                "id": str(index),
                "image": np.zeros((*SIZE, 3), np.uint8),
                "boxes_xyxy": boxes.astype(np.float32),
                "classes": rng.integers(0, 10, number, dtype=np.int32),
            }
        )
    return samples


def with_sets(sample):
    """The same labels where every eighth box is coarse, and ten classes are annotated."""
    classes = np.where(np.arange(len(sample["classes"])) % 8 == 7, len(NAMES), sample["classes"]).astype(np.int32)
    return {**sample, "classes": classes, "known_classes": np.arange(10, dtype=np.int32)}


def main():
    parser = make_parser(__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--batch", type=int, default=8)
    arguments = parser.parse_args()
    trainers, tasks = make_trainers("zoo")
    images = {"zoo": np.random.default_rng(1).integers(0, 255, (arguments.batch, *SIZE, 3), np.uint8)}
    weights = {"zoo": {"detection": np.ones(arguments.batch, np.float32)}}
    samples = make_samples(arguments.batch)
    own = {"plain": samples, "sets": [with_sets(sample) for sample in samples]}
    batches = {
        name: (images, {"zoo": {"detection": np.stack([task.encode(sample) for sample in own[name]])}}, weights)
        for name, task in tasks.items()
    }
    actions = {name: lambda name=name: trainers[name].train_on_batch(*batches[name]) for name in trainers}
    wall, cpu = take_turns(actions, arguments.rounds, warm_up=3)
    cost, cost_cpu = extra_cost(wall["sets"], wall["plain"]), extra_cost(cpu["sets"], cpu["plain"])
    network = trainers["plain"].network
    anchors = len(tasks["plain"].ssd_head.make_anchors(network.backbone))
    row = {
        "network": "SSD300 on ResNet-18 x .375",
        "batch": arguments.batch,
        "classes": len(NAMES),
        "anchors": anchors,
        "rounds": arguments.rounds,
        **{f"ms_{key}": 1e3 * float(np.median(values)) for key, values in wall.items()},
        "extra": cost[0],
        "extra_95_percent": f"{cost[1]:+.1%} to {cost[2]:+.1%}",
        "extra_cpu_time": cost_cpu[0],
    }
    targets = [
        target(
            f"Sets of classes, part of a training step ({len(NAMES)} classes, {anchors:,} anchors)",
            "≤ 3%",
            f"{cost[0]:+.1%} ({cost[1]:+.1%} to {cost[2]:+.1%}); CPU time {cost_cpu[0]:+.1%}",
            cost[0] <= 0.03,
        )
    ]
    notes = [
        "Steps alternate in one process and are compared round by round (median of ratios, bootstrapped interval).",
        "Tables with every value one class and everything annotated cost nothing: the task is then the plain one.",
    ]
    write_result(
        "class_sets_cost",
        "Cost of sets of classes",
        {"step": [row]},
        targets,
        folder=arguments.results,
        seeds=[0],
        notes=notes,
    )


if __name__ == "__main__":
    main()
