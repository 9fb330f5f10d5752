"""One joint network against the two single-task networks in turn, full size, 300 x 300.

    python benchmarks/joint_speed.py [--rounds N] [--batches 1 8]

Speed is measured in one process turn by turn, so that whatever else the machine does is fair to all; peak
memory (framework included) in a fresh process each. About 3 minutes on 2 cores.
"""

import json

from built import build
from result import CONFIGS, make_parser, run_worker, target, write_result

GROUPS = {"joint": ["paper_joint"], "two in turn": ["paper_ssd300", "paper_msinet"]}


def network_of(config):
    """The freshly initialised network of a config."""
    return build(CONFIGS / f"{config}.yaml").model.network


def measure_memory(group, batch_size):
    """Peak memory in MiB of this process after the group's networks ran twice."""
    from accelerator import peak_memory

    from xdomain_keras.evaluation.speed import random_images

    networks = [network_of(config) for config in GROUPS[group]]
    for _ in range(2):
        for network in networks:
            network.predict_on_batch(random_images(network, batch_size))
    return peak_memory()


def main():
    parser = make_parser(__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="turns; the median counts")
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--memory", nargs=2, metavar=("GROUP", "BATCH"), help="only print the peak memory of a group")
    arguments = parser.parse_args()
    if arguments.memory:
        print(json.dumps(measure_memory(arguments.memory[0], int(arguments.memory[1]))))
        return
    memory = {
        (group, batch): run_worker(__file__, "--memory", group, batch)
        for group in GROUPS
        for batch in arguments.batches
    }
    from xdomain_keras.evaluation.speed import compare_speed

    built = {group: [network_of(config) for config in configs] for group, configs in GROUPS.items()}
    rows, targets = [], []
    for batch in arguments.batches:
        speed = compare_speed(built, batch, arguments.rounds)
        rows += [
            {
                "batch": batch,
                "networks": group,
                "images_per_second": speed[group],
                "peak_memory_mb": memory[group, batch],
            }
            for group in GROUPS
        ]
        ratio = speed["joint"] / speed["two in turn"]
        text = f"joint against the two in turn, batch {batch}: images/s"
        targets.append(target(text, "≥ 1.3 x", f"{ratio:.2f} x", ratio >= 1.3))
    singles, joint = (memory[group, max(arguments.batches)] for group in ("two in turn", "joint"))
    notes = [
        "By multiply-adds alone the joint network would be (12.68 + 9.48) / 13.445 = 1.65 times as fast.",
        f"Peak memory is that of a process: joint {joint:.0f} MiB, both single networks loaded {singles:.0f} MiB.",
    ]
    title = "Joint network against two single-task networks"
    write_result("joint_speed", title, {"speed_and_memory": rows}, targets, folder=arguments.results, notes=notes)


if __name__ == "__main__":
    main()
