"""What feeding the trainer costs: the mixture of domains against one batch that lies ready in memory.

    python benchmarks/mixture_cost.py [--blocks N] [--steps N]

Blocks of `fit` on the `scenes` config alternate between the mixture (reading, augmenting, encoding, zipping) and
one batch repeated; the first steps of a block are not counted, so that neither lives off a full buffer.
About 3 minutes on 2 cores.
"""

import time

import keras
import numpy as np
from built import mixture_of
from mmd_cost import make_trainers
from result import CONFIGS, make_parser, target, write_result
from turns import extra_cost

SKIPPED = 6


class Clock(keras.callbacks.Callback):
    """Wall and CPU time at the end of every step."""

    def __init__(self):
        super().__init__()
        self.times = []

    def on_train_batch_end(self, batch, logs=None):
        self.times.append((time.perf_counter(), time.process_time()))

    def per_step(self):
        first, last = self.times[SKIPPED - 1], self.times[-1]
        return [(b - a) / (len(self.times) - SKIPPED) for a, b in zip(first, last, strict=True)]


def run_block(trainer, stream, steps):
    """Wall and CPU seconds a step of one `fit`."""
    clock = Clock()
    trainer.fit(stream, steps_per_epoch=steps, shuffle=False, verbose=0, callbacks=[clock])
    return clock.per_step()


def time_loading(mixture, count=20):
    """CPU seconds of this thread that the batch of a step takes by itself."""
    start = time.thread_time()
    for step in range(count):
        mixture.batch(step)
    return (time.thread_time() - start) / count


def main():
    parser = make_parser(__doc__)
    parser.add_argument("--blocks", type=int, default=6, help="blocks of each kind")
    parser.add_argument("--steps", type=int, default=SKIPPED + 12, help="steps a block")
    parser.add_argument("--count", type=int, default=128, help="images rendered a domain")
    arguments = parser.parse_args()
    import tensorflow as tf

    counts = [f"domains.{name}.splits.train.count={arguments.count}" for name in ("room", "street")]
    experiment, trainers = make_trainers(CONFIGS / "scenes.yaml", counts)
    trainer, mixture = trainers["with"], mixture_of(experiment)
    loading = time_loading(mixture, -(-arguments.count // 16))  # also renders and caches every image
    loading = time_loading(mixture)
    batch = mixture.batch(0)
    streams = {
        "in_memory": lambda: tf.data.Dataset.from_tensors(batch).repeat(),
        "mixture_tf_data": mixture.as_tf_data,
        "mixture_py_dataset": lambda: mixture.as_py_dataset(workers=2),
    }
    seconds = {name: [] for name in streams}
    for block in range(arguments.blocks + 1):
        for name in list(streams)[:: 1 if block % 2 else -1]:
            measured = run_block(trainer, streams[name](), arguments.steps)
            if block:
                seconds[name].append(measured)
    wall = {name: np.array(values)[:, 0] for name, values in seconds.items()}
    cpu = {name: np.array(values)[:, 1] for name, values in seconds.items()}
    rows, costs = [], {}
    for name in streams:
        costs[name] = extra_cost(wall[name], wall["in_memory"])
        rows.append(
            {
                "feed": name,
                "ms_a_step": 1e3 * float(np.median(wall[name])),
                "cpu_ms_a_step": 1e3 * float(np.median(cpu[name])),
                "extra": costs[name][0],
                "extra_95_percent": f"{costs[name][1]:+.1%} to {costs[name][2]:+.1%}",
                "extra_cpu_time": extra_cost(cpu[name], cpu["in_memory"])[0],
            }
        )
    cost, low, high = costs["mixture_tf_data"]
    figures = {
        "images_a_step": sum(domain.batch_size for domain in mixture.domains.values()),
        "cpu_ms_to_make_a_batch": 1e3 * loading,
        "feeds": rows,
    }
    shown = f"{cost:.1%} ({low:+.1%} to {high:+.1%}); CPU time {rows[1]['extra_cpu_time']:.1%}"
    targets = [target("mixture of domains (tf.data), part of a training step", "≤ 3%", shown, cost <= 0.03)]
    notes = [
        "The images are cached; each step still augments, resizes and encodes all of its images.",
        f"One thread makes a batch in {1e3 * loading:.0f} ms of CPU time. An idle core hides that time behind the "
        "step; without one it comes on top of the step.",
    ]
    write_result(
        "mixture_cost", "Cost of the mixture", figures, targets, folder=arguments.results, seeds=[0], notes=notes
    )


if __name__ == "__main__":
    main()
