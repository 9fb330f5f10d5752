"""What the CAS loss costs: in a training step, and in memory.

    python benchmarks/class_agnostic_cost.py [--rounds N] [--full ROUNDS]

Two models over one network take steps in turn on the same batch in memory: 8 images of 256 x 256 with 30 regions each
(the small network's labels are half as fine). One has the CAS loss, the other the mean of its softmax, the least that a
loss can do. The two losses and their gradients take turns alone, too: by what they differ is a part of the step that no
noise of a long step hides. `--full` times FCN-ResNet101, the network of paper 003. Peak memory of the loss and its
gradient is measured at four sizes, in a process each.
About 10 minutes, and 12 GB of memory.
"""

import functools
import json
import resource

import numpy as np
from built import build
from result import ROOT, make_parser, run_worker, target, write_result
from turns import extra_cost, take_turns

BATCH, SIZE, REGIONS, CHANNELS = 8, 256, 30, 16
ROUNDS_ALONE = 30
SIZES = (256, 384, 512, 768)


def draw_regions(batch, size, count):
    """Target `[batch, size, size, 1]`: the nearest of `count` random centres."""
    rng = np.random.default_rng(0)
    centres = rng.uniform(0, size, (batch, count, 1, 1, 2))
    grid = np.stack(np.mgrid[:size, :size], axis=-1)
    nearest = [((grid - own) ** 2).sum(-1).argmin(0) for own in centres]
    return np.stack(nearest)[..., None].astype(np.float32)


def make_actions(config):
    """Two dicts, by loss: a training step over one network, and the loss with its gradient alone; and the channels."""
    import keras
    from keras import ops

    from xdomain_keras.losses import CASLoss

    path = ROOT / "configs" / "class_agnostic" / f"{config}.yaml"
    model = build(path, [f"image_size=[{SIZE}, {SIZE}]"]).model
    network, (task,) = model.network, model.tasks.values()
    output = network.output[task.name]
    losses = {
        "CAS": CASLoss(alpha=0.1, max_regions=REGIONS),
        "least": lambda y_true, y_pred: ops.mean(ops.softmax(y_pred)[..., 0]),
    }
    images = np.random.default_rng(0).integers(0, 256, (BATCH, SIZE, SIZE, 3)).astype("float32")
    regions, steps, alone = draw_regions(BATCH, task.shape[0], REGIONS), {}, {}
    logits = network.subnetwork((task.name,)).predict(images, verbose=0)["outputs"][task.name]
    for name, loss in losses.items():
        model = keras.Model(network.input, output)
        model.compile(keras.optimizers.Adam(1e-5), loss=loss, jit_compile=False)
        steps[name] = lambda model=model: model.train_on_batch(images, regions)
        alone[name] = functools.partial(make_gradient(loss), *map(ops.convert_to_tensor, (regions, logits)))
    return steps, alone, output.shape[-1]


def make_gradient(loss):
    """Compiled function of (regions, logits): the loss's gradient for the logits."""
    import tensorflow as tf

    @tf.function(reduce_retracing=True)
    def gradient(regions, logits):
        with tf.GradientTape() as tape:
            tape.watch(logits)
            value = loss(regions, logits)
        return tape.gradient(value, logits)

    return gradient


def measure_step(config, name, rounds):
    """One row: median seconds of a step and of the loss with either loss, and what CAS adds."""
    steps, alone, channels = make_actions(config)
    wall, cpu = take_turns(steps, rounds, warm_up=1)
    cost, cost_cpu = extra_cost(wall["CAS"], wall["least"]), extra_cost(cpu["CAS"], cpu["least"])
    loss = {key: float(np.median(seconds)) for key, seconds in take_turns(alone, ROUNDS_ALONE)[0].items()}
    return {
        "network": name,
        "channels": channels,
        "rounds": rounds,
        "seconds_of_CAS_alone": loss["CAS"],
        "seconds_of_the_least_alone": loss["least"],
        "part_of_the_step": (loss["CAS"] - loss["least"]) / float(np.median(wall["least"])),
        "seconds_with_CAS": float(np.median(wall["CAS"])),
        "seconds_without": float(np.median(wall["least"])),
        "extra": cost[0],
        "extra_95_percent": f"{cost[1]:+.1%} to {cost[2]:+.1%}",
        "extra_cpu_time": cost_cpu[0],
    }


def measure_memory(size):
    """MiB that the loss and its gradient add to this process, for 8 maps of 16 channels."""
    import tensorflow as tf

    from xdomain_keras.losses import CASLoss

    gradient = make_gradient(CASLoss(alpha=0.1, max_regions=REGIONS))

    def run(size):
        gradient(tf.constant(draw_regions(BATCH, size, REGIONS)), tf.zeros((BATCH, size, size, CHANNELS)))

    run(16)  # what TensorFlow itself takes once
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(2):
        run(size)
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 2**10


def main():
    parser = make_parser(__doc__)
    parser.add_argument("--rounds", type=int, default=12, help="turns of the small network")
    parser.add_argument("--full", type=int, default=5, metavar="ROUNDS", help="turns of FCN-ResNet101; 0: none")
    parser.add_argument("--memory", type=int, metavar="SIZE", help="print the memory at one size as JSON, and end")
    arguments = parser.parse_args()
    if arguments.memory:
        print(json.dumps(measure_memory(arguments.memory)))
        return
    # First, since a process inherits the peak of the one that started it.
    curve = [{"size": size, "MiB": run_worker(__file__, "--memory", size)} for size in SIZES]
    steps = [measure_step("bsds500", "small ResNet-18", arguments.rounds)]
    if arguments.full:
        steps.append(measure_step("paper_fcn", "FCN-ResNet101", arguments.full))
    for row in curve:
        row["bytes_a_pixel_and_channel"] = row["MiB"] * 2**20 / (BATCH * row["size"] ** 2 * CHANNELS)
    targets = [
        target(
            f"CAS loss, part of a training step ({row['network']}, {SIZE} x {SIZE}, batch {BATCH}, {REGIONS} regions)",
            "≤ 3%",
            f"{row['part_of_the_step']:.1%} (whole steps compared: {row['extra_95_percent']})",
            row["part_of_the_step"] <= 0.03,
        )
        for row in steps
    ]
    most, least = (pick(row["bytes_a_pixel_and_channel"] for row in curve) for pick in (max, min))
    targets.append(
        target(
            f"CAS loss, memory linear in pixels ({SIZES[0]} to {SIZES[-1]} squared): most bytes a pixel over least",
            "≤ 1.25",
            f"{most / least:.2f}",
            most / least <= 1.25,
        )
    )
    write_result(
        "class_agnostic_cost",
        "Cost of the CAS loss",
        {"training_step": steps, "memory": curve},
        targets,
        folder=arguments.results,
        seeds=[0],
        notes=["Memory is the rise of the process's peak, of the loss and its gradient alone; labels are part of it."],
    )


if __name__ == "__main__":
    main()
