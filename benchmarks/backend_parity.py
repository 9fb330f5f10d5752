"""One config trained 20 steps from the same NumPy weights on three backends: how far forward pass and losses part.

    python benchmarks/backend_parity.py [--steps N] [--backends tensorflow jax torch]

Each backend runs in a process of its own. The weights are drawn by NumPy, the batches are those of the mixture,
equal on every backend. About 3 minutes on 2 cores.
"""

import json
import pathlib
import tempfile

import numpy as np
from result import CONFIGS, make_parser, run_worker, target, write_result


def draw_weights(variables, seed=0):
    """NumPy weights for a network: kernels as He et al. (2015) draw them, all else as it is initialised."""
    from keras import ops

    rng = np.random.default_rng(seed)
    for variable in variables:
        value = ops.convert_to_numpy(variable)
        if value.ndim > 1:
            value = rng.normal(0, np.sqrt(2 / np.prod(value.shape[:-1])), value.shape).astype(value.dtype)
        variable.assign(value)


def work(folder, steps):
    """Forward pass and `steps` losses on this process's backend; outputs go to `folder`."""
    import keras

    from xdomain_keras.config import call, load_config
    from xdomain_keras.experiments.build import Experiment
    from xdomain_keras.training import Trainer, build_optimizer

    counts = [f"domains.{name}.splits.train.count=48" for name in ("room", "street")]
    experiment = Experiment(load_config(CONFIGS / "scenes.yaml", counts))
    trainer = Trainer(experiment.network, experiment.matrix, experiment.terms())
    draw_weights(trainer.trainable_variables)
    optimizer = call(build_optimizer, experiment.stages()[0].optimizer, "optimizer", total_steps=steps)
    optimizer.build(trainer.trainable_variables)
    trainer.compile(optimizer=optimizer, jit_compile=False)
    mixture, name = experiment.mixture(experiment.matrix.domains), keras.backend.backend()
    images = mixture.batch(0)[0]["room"].astype("float32")
    outputs = experiment.network(images, training=False)
    arrays = {key: keras.ops.convert_to_numpy(value) for key, value in outputs.items()}
    np.savez(pathlib.Path(folder) / f"{name}.npz", **arrays)
    losses = [float(trainer.train_on_batch(*mixture.batch(step), return_dict=True)["loss"]) for step in range(steps)]
    print(json.dumps(losses))


def main():
    parser = make_parser(__doc__)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--backends", nargs="+", default=["tensorflow", "jax", "torch"])
    parser.add_argument("--worker", metavar="FOLDER", help="only run this process's backend")
    arguments = parser.parse_args()
    if arguments.worker:
        work(arguments.worker, arguments.steps)
        return
    first, *others = arguments.backends
    with tempfile.TemporaryDirectory() as folder:
        losses, outputs = {}, {}
        for backend in arguments.backends:
            losses[backend] = run_worker(__file__, "--worker", folder, "--steps", arguments.steps, backend=backend)
            with np.load(pathlib.Path(folder) / f"{backend}.npz") as file:
                outputs[backend] = dict(file)
    rows = []
    for backend in others:
        forward = max(
            np.abs(outputs[backend][key] - value).max() / np.abs(value).max() for key, value in outputs[first].items()
        )
        parted = np.abs(np.array(losses[backend]) / losses[first] - 1)
        rows.append(
            {
                "backends": f"{first}, {backend}",
                "forward": float(forward),
                "loss_at_step_1": float(parted[0]),
                f"loss_at_step_{arguments.steps}": float(parted[-1]),
                "loss_largest": float(parted.max()),
            }
        )
    forward, loss = max(row["forward"] for row in rows), max(row["loss_largest"] for row in rows)
    targets = [
        target(
            f"{arguments.steps} steps on {len(losses)} backends: losses", "≤ 1e-3 relative", f"{loss:.1e}", loss <= 1e-3
        ),
        target(
            f"forward pass on {len(losses)} backends", "≤ 1e-5 of the largest output", f"{forward:.1e}", forward <= 1e-5
        ),
    ]
    curves = [
        {"step": step + 1, **{backend: losses[backend][step] for backend in losses}}
        for step in sorted({0, 1, 4, 9, arguments.steps - 1})
        if step < arguments.steps
    ]
    write_result(
        "backend_parity",
        "The same training on three backends",
        {"relative_differences": rows, "losses": curves},
        targets,
        folder=arguments.results,
        seeds=[0],
        notes=["Config `scenes` in full: augmentation, hard negatives, batch normalisation, AdamW with clipping, MMD."],
        backend=", ".join(arguments.backends),
    )


if __name__ == "__main__":
    main()
