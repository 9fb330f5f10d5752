"""What the consistency of paper 002 costs: all images and pairs at once, and in a loop, at full size.

    python benchmarks/pair_mapping_speed.py [--rounds N] [--size 96 128] [--batch 8] [--dtype mixed_bfloat16]

Full-size SegNet and mapper, three tasks, one label an image. Three trainers over one network take steps in turn on
the same batch: supervised only; with the term as it is; with its option `as_released`, which runs the network again
on a second crop; with the same mathematics as the term's looped over images and pairs, one run of the mapper a map.
About 6 minutes on 2 cores, and 10 GB of memory. On a GPU the result has a name of its own with the backend and the
dtype, the peak is that of the GPU's memory, and the rate of a step stands beside that of a large matrix product.
"""

import json
import os

import numpy as np
from built import build, build_plan, build_trainer
from result import ROOT, make_parser, run_worker, target, write_result
from turns import take_turns

KINDS = ("supervised", "batched", "as released", "looped")
RELEASED = {"with": 7.66, "without": 2.39}  # seconds a step of the authors' code in PyTorch, measured on 2 cores


def looped_term(present):
    """The same term, image by image and pair by pair; which labels are present is known beforehand."""
    from keras import ops

    from xdomain_keras.losses.cosine_distance import cosine_distance
    from xdomain_keras.terms import PairConsistency
    from xdomain_keras.terms.pair_slots import ordered_pairs

    class Looped(PairConsistency):
        def compute_domain(self, step, domain):
            predictions, truths, _ = self.read_maps(step, domain)
            names, total, count = list(self.map_tasks), 0.0, 0
            pairs = ordered_pairs(len(names))
            for n, row in enumerate(present):
                feature = ops.stop_gradient(step.features[domain][self.feature][n : n + 1])
                for pair, (s, t) in enumerate(pairs):
                    if row[s] or not row[t]:
                        continue
                    turned = pairs.index((t, s))
                    first = self.map_one(names[s], predictions[names[s]][n : n + 1], pair, step.training)
                    second = self.map_one(names[t], truths[names[t]][n : n + 1], turned, step.training)
                    retained = cosine_distance(feature, first) + cosine_distance(feature, second)
                    loss = cosine_distance(first, second) + self.regularizer * retained
                    total, count = total + loss[0] / sum(1 - row), count + 1
            return total / len(present), float(count)

        def map_one(self, name, maps, pair, training):
            embedded = self.mapper.embed(name, maps, training)
            return self.mapper([embedded, np.array([pair], "int32")], training=training)

    return Looped()


def make_trainers(kinds, size, batch_size, dtype):
    """Trainers by kind over one network, and a batch with one label an image."""
    import keras

    from xdomain_keras.terms import PairConsistency

    keras.config.set_dtype_policy(dtype)
    overrides = [f"image_size=[{size[0]}, {size[1]}]"]
    experiment = build(ROOT / "configs" / "pair_mapping" / "paper_nyuv2.yaml", overrides)
    plan, num_tasks = build_plan(experiment), len(experiment.model.tasks)
    supervised = next(term for term in plan.terms if term.name == "supervised")
    present = np.eye(num_tasks, dtype=int)[np.arange(batch_size) % num_tasks]
    extra = {
        "supervised": lambda: [],
        "batched": lambda: [PairConsistency()],
        "as released": lambda: [PairConsistency(as_released=True)],
        "looped": lambda: [looped_term(present)],
    }
    trainers = {}
    for kind in kinds:
        # XLA is slow on small CPU batches, but JAX without it compiles every operation on its own.
        jit = "auto" if keras.backend.backend() == "jax" else False
        given = {"optimizer": keras.optimizers.Adam(1e-4), "jit_compile": jit}
        trainers[kind] = build_trainer(experiment, plan, [supervised, *extra[kind]()], **given)
    return trainers, make_batch(experiment, present, size)


def make_batch(experiment, present, size):
    """Noise, and labels of it; `present` says which."""
    rng, count = np.random.default_rng(0), len(present)
    normals = rng.normal(0, 1, (count, *size, 3)).astype("float32")
    targets = {
        "segmentation": rng.integers(0, 13, (count, *size, 1)).astype("float32"),
        "depth": rng.uniform(0.5, 4, (count, *size, 1)).astype("float32"),
        "normals": normals / np.linalg.norm(normals, axis=-1, keepdims=True),
    }
    (domain,) = experiment.config.domains
    weights = {task: present[:, column].astype("float32") for column, task in enumerate(experiment.model.tasks)}
    images = rng.integers(0, 256, (count, *size, 3), np.uint8)
    return {domain: images}, {domain: targets}, {domain: weights}


def count_macs(trainers, size, batch_size):
    """Multiply-adds of a forward pass: of the network, of the consistency as it is and as it would be in a loop."""
    from xdomain_keras.evaluation.profile import count_macs as macs_of

    mapper = trainers["batched"].terms[1].mapper

    def convolution(layer, stage):
        return int(np.prod(layer.convolution.kernel.shape)) * (size[0] >> stage) * (size[1] >> stage)

    heads = [convolution(layer, 0) for layer in mapper.inputs.values()]
    rest = [convolution(layer, stage) for stage, part in enumerate(mapper.stages) for layer in part]
    num_tasks = len(heads)
    rows = batch_size * 2 * (num_tasks - 1)  # two maps a pair, one label an image
    shared = batch_size * (sum(heads) + num_tasks * rest[0]) + rows * sum(rest[1:])
    # In a loop: of each pair the label once, and the predictions of the others.
    looped = rows * sum(rest) + batch_size / num_tasks * 2 * (num_tasks - 1) * sum(heads)
    return {"network": batch_size * macs_of(trainers["batched"].network), "batched": shared, "looped": looped}


def measure_memory(kind, size, batch_size, dtype):
    """Peak memory in MiB of this process after two steps."""
    from accelerator import peak_memory

    trainers, batch = make_trainers([kind], size, batch_size, dtype)
    for _ in range(2):
        trainers[kind].train_on_batch(*batch)
    return peak_memory()


def compare_values(trainers, batch):
    """Relative difference of the two forms' scalars from equal weights, without batch statistics."""
    from keras import ops

    from xdomain_keras.terms import Step

    batched, looped = (trainers[kind].terms[1] for kind in ("batched", "looped"))
    images, targets, weights = batch
    outputs = trainers["batched"](images)
    step = Step(
        images,
        targets,
        weights,
        {domain: passed["outputs"] for domain, passed in outputs.items()},
        {domain: passed["features"] for domain, passed in outputs.items()},
        training=False,
    )
    rng = np.random.default_rng(0)
    for variable in batched.mapper.weights:
        # FiLM starts as the identity, which would hide a wrong condition.
        if variable.path.endswith(("scale", "shift")):
            variable.assign(rng.normal(0, 0.3, variable.shape))
    looped.mapper.set_weights(batched.mapper.get_weights())
    first, second = (float(ops.convert_to_numpy(next(iter(t.compute(step).values()))[0])) for t in (batched, looped))
    assert abs(second) > 1e-3, second
    return abs(first - second) / abs(second)


def main():
    parser = make_parser(__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--size", type=int, nargs=2, default=[96, 128])
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument(
        "--dtype", choices=("float32", "mixed_bfloat16"), default="float32", help="policy of all layers"
    )
    parser.add_argument("--memory", choices=KINDS, help="only print the peak memory of one kind")
    arguments = parser.parse_args()
    size, batch_size, dtype = tuple(arguments.size), arguments.batch, arguments.dtype
    if arguments.memory:
        print(json.dumps(measure_memory(arguments.memory, size, batch_size, dtype)))
        return
    options = ["--size", *size, "--batch", batch_size, "--dtype", dtype]
    memory = {kind: run_worker(__file__, "--memory", kind, *options) for kind in KINDS}
    trainers, batch = make_trainers(KINDS, size, batch_size, dtype)
    from accelerator import gpu_name, product_rate, set_tf32

    gpu = gpu_name()
    with set_tf32(False):
        difference = compare_values(trainers, batch)
    actions = {kind: lambda trainer=trainer: trainer.train_on_batch(*batch) for kind, trainer in trainers.items()}
    wall, cpu = take_turns(actions, arguments.rounds, warm_up=1)
    macs = count_macs(trainers, size, batch_size)
    ceiling = product_rate("bfloat16" if dtype == "mixed_bfloat16" else "float32") if gpu else None
    rows = list(make_rows(wall, cpu, macs, memory, ceiling))
    seconds = {row["step"]: row["seconds"] for row in rows}
    extra = float(np.median(wall["batched"] - wall["supervised"]))
    per_mac = {key: extra / macs[key] / (seconds["supervised"] / macs["network"]) for key in ("batched", "looped")}
    against_loop = float(np.median(wall["looped"] / wall["batched"]))
    figures = {
        "training_step": rows,
        "looped_over_batched": against_loop,
        "consistency_time_per_mac_against_plain_step": per_mac["batched"],
        "the_same_counting_the_macs_of_the_loop": per_mac["looped"],
        "batched_against_looped_value_relative": difference,
    }
    if not gpu and (size, batch_size, dtype) == ((96, 128), 8, "float32"):
        figures["authors_code_seconds"] = RELEASED
        pairs = {"supervised": "without", "batched": "with", "as released": "with"}
        figures["authors_code_over_ours"] = {kind: RELEASED[which] / seconds[kind] for kind, which in pairs.items()}
    where = [dtype] if dtype != "float32" else []
    if gpu:
        figures["tera_flops_a_second_of_a_matrix_product"] = ceiling
        where = [gpu, os.environ["KERAS_BACKEND"], dtype]
    place = ", ".join([f"pair mapping, full size, batch {batch_size}, {size[0]} x {size[1]}", *where])
    targets = list(make_targets(figures, place, gpu))
    notes = [
        "One label per image: each of two unlabelled tasks is paired with the labelled one, four runs of the mapper "
        "per image. What lies before the first FiLM is computed once per map.",
        f"Steps alternate in one process; the looped form takes {against_loop:.2f} times the batched one's time.",
    ]
    if gpu:
        notes.append("The rate counts two operations per multiply-add, and a backward pass as two forward passes.")
        notes.append(bound_note(rows))
    title = ", ".join(["Pair mapping: cost of the consistency", *where])
    name = "pair_mapping_speed" + (f"_gpu_{os.environ['KERAS_BACKEND']}" if gpu else "")
    name += "_bfloat16" if dtype == "mixed_bfloat16" else ""
    write_result(name, title, figures, targets, folder=arguments.results, seeds=[0], notes=notes)


def make_targets(figures, place, gpu):
    """What the figures say of each aim."""
    difference = figures["batched_against_looped_value_relative"]
    text = f"{place}: value of the batched term against the loop"
    yield target(text, "≤ 1e-4", f"{difference:.1e}", difference <= 1e-4)
    per_mac = figures["the_same_counting_the_macs_of_the_loop"]
    left = figures["consistency_time_per_mac_against_plain_step"]
    text = f"{place}: time per MAC of the consistency against the plain step, MACs of the loop"
    yield target(text, "≤ 1.1", f"{per_mac:.2f} ({left:.2f} of the MACs that are left)", per_mac <= 1.1)
    if gpu:
        against_loop = figures["looped_over_batched"]
        text = f"{place}: the looped form's time over the batched one's"
        yield target(text, "≥ 3 x", f"{against_loop:.2f} x", against_loop >= 3)
    if "authors_code_over_ours" in figures:
        ratio = figures["authors_code_over_ours"]["batched"]
        text = f"{place}: step with consistency against the authors' code ({RELEASED['with']} s)"
        yield target(text, "≥ 1.5 x", f"{ratio:.2f} x ({RELEASED['with'] / ratio:.2f} s)", ratio >= 1.5)


def bound_note(rows):
    """Whether arithmetic or the launching of kernels takes a step's time."""
    row = next(row for row in rows if row["step"] == "batched")
    busy, part = row["cpu_seconds"] / row["seconds"], row["part_of_a_matrix_product"]
    return (
        f"The batched step keeps a core busy for {busy:.0%} of its time and reaches {part:.1%} of the matrix product's "
        "rate: where the core is busy nearly all of the time, the launching of kernels limits the step, not arithmetic."
    )


def make_rows(wall, cpu, macs, memory, ceiling):
    """A row of the table for every kind of step; with its rate beside a ceiling in TFLOP/s, where there is one."""
    extra_macs = {"supervised": 0, **macs, "as released": macs["batched"] + macs["network"]}
    for kind in KINDS:
        seconds, total = float(np.median(wall[kind])), macs["network"] + extra_macs[kind]
        row = {"step": kind, "seconds": seconds, "cpu_seconds": float(np.median(cpu[kind]))}
        row |= {"giga_macs_forward": total / 1e9, "peak_memory_mb": memory[kind]}
        if ceiling:
            rate = 6 * total / seconds / 1e12
            row |= {
                "steps_a_second": 1 / seconds,
                "tera_flops_a_second": rate,
                "part_of_a_matrix_product": rate / ceiling,
            }
        yield row


if __name__ == "__main__":
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    main()
