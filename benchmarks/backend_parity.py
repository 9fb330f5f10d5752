"""One config trained 20 steps from the same NumPy weights on three backends: how far forward pass and losses part.

    python benchmarks/backend_parity.py [--steps N] [--backends tensorflow jax torch] [--rates 1e-4 2e-3]

Each backend runs in a process of its own. The weights are drawn by NumPy, the batches are those of the mixture,
equal on every backend. Training is chaotic: what rounding changes in the first steps grows with every update, on
one backend as between two. So each learning rate is also trained on the first backend again from weights that
differ by one part in 10⁷, and the aim is set at the first, smaller rate. About 5 minutes on 2 cores.
"""

import argparse
import json
import pathlib
import tempfile

import numpy as np
from built import build, build_plan, build_trainer, mixture_of
from result import CONFIGS, make_parser, run_worker, target, write_result

PERTURBATION = 1e-7


def draw_weights(variables, noise=0.0, seed=0):
    """NumPy weights for a network: kernels as He et al. (2015) draw them, all else as it is initialised."""
    from keras import ops

    rng, other = np.random.default_rng(seed), np.random.default_rng(seed + 1)
    for variable in variables:
        value = ops.convert_to_numpy(variable)
        if value.ndim > 1:
            value = rng.normal(0, np.sqrt(2 / np.prod(value.shape[:-1])), value.shape)
        variable.assign((value * (1 + noise * other.normal(size=value.shape))).astype("float32"))


def work(folder, steps, rate, noise):
    """Forward pass and `steps` losses on this process's backend; outputs go to `folder`."""
    import keras

    from xdomain_keras.signatures import call
    from xdomain_keras.training import build_optimizer

    counts = [f"domains.{name}.splits.train.count=48" for name in ("room", "street")]
    experiment = build(CONFIGS / "scenes.yaml", [*counts, f"optimizer.learning_rate={rate}"])
    plan = build_plan(experiment)
    optimizer = call(build_optimizer, plan.stages[0].optimizer, "optimizer", total_steps=steps)
    trainer = build_trainer(experiment, plan, optimizer=optimizer)
    draw_weights(trainer.trainable_variables, noise)
    optimizer.build(trainer.trainable_variables)
    mixture, name = mixture_of(experiment), keras.backend.backend()
    images = mixture.batch(0)[0]["room"].astype("float32")
    outputs = experiment.model.network(images, training=False)
    arrays = {key: keras.ops.convert_to_numpy(value) for key, value in outputs.items()}
    np.savez(pathlib.Path(folder) / f"{name}.npz", **arrays)
    losses = [float(trainer.train_on_batch(*mixture.batch(step), return_dict=True)["loss"]) for step in range(steps)]
    print(json.dumps(losses))


def main():
    parser = make_parser(__doc__)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--rates", type=float, nargs="+", default=[1e-4, 2e-3], help="learning rates")
    parser.add_argument("--backends", nargs="+", default=["tensorflow", "jax", "torch"])
    parser.add_argument("--worker", metavar="FOLDER", help="only run this process's backend, at the first rate")
    parser.add_argument("--noise", type=float, default=0.0, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        work(arguments.worker, arguments.steps, arguments.rates[0], arguments.noise)
        return
    first, *others = arguments.backends
    outputs, losses, rows = {}, {}, []
    for rate in arguments.rates:
        for backend in arguments.backends:
            losses[rate, backend], outputs[backend] = train(backend, arguments.steps, rate)
        again, _ = train(first, arguments.steps, rate, PERTURBATION)
        pairs = {f"{first}, {other}": losses[rate, other] for other in others}
        pairs[f"{first}, weights changed by {PERTURBATION:.0e}"] = again
        for pair, curve in pairs.items():
            parted = np.abs(np.array(curve) / losses[rate, first] - 1)
            row = {"learning_rate": rate, "pair": pair, "loss_at_step_1": parted[0], "loss_largest": parted.max()}
            rows.append(row)
    forward = {
        other: max(
            np.abs(outputs[other][key] - value).max() / np.abs(value).max() for key, value in outputs[first].items()
        )
        for other in others
    }
    rate = arguments.rates[0]
    loss = max(row["loss_largest"] for row in rows if row["learning_rate"] == rate and "changed" not in row["pair"])
    text, worst = (
        f"{arguments.steps} steps on {len(arguments.backends)} backends, learning rate {rate:.0e}: losses",
        max(forward.values()),
    )
    targets = [
        target(text, "≤ 1e-3 relative", f"{loss:.1e}", loss <= 1e-3),
        target(
            f"forward pass on {len(arguments.backends)} backends",
            "≤ 1e-5 of the largest output",
            f"{worst:.1e}",
            worst <= 1e-5,
        ),
    ]
    curves = [
        {"learning_rate": rate, "step": step + 1, **{name: losses[rate, name][step] for name in arguments.backends}}
        for rate in arguments.rates
        for step in sorted({0, 1, 4, 9, arguments.steps - 1})
        if step < arguments.steps
    ]
    write_result(
        "backend_parity",
        "The same training on three backends",
        {"relative_differences_of_the_losses": rows, "losses": curves},
        targets,
        folder=arguments.results,
        seeds=[0],
        notes=[
            "Config `scenes` in full: augmentation, hard negatives, batch normalisation, AdamW with clipping, MMD.",
            "Two backends drift apart no faster than one backend drifts from itself when its first weights differ in "
            "the last digit.",
        ],
        backend=", ".join(arguments.backends),
    )


def train(backend, steps, rate, noise=0.0):
    """(losses, outputs of the first forward pass) of one backend, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        given = ("--worker", folder, "--steps", steps, "--rates", rate, "--noise", noise)
        losses = run_worker(__file__, *given, backend=backend)
        with np.load(pathlib.Path(folder) / f"{backend}.npz") as file:
            return losses, dict(file)


if __name__ == "__main__":
    main()
