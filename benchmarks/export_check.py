"""Export the `scenes` network from every backend, and compare what TensorFlow alone says when it loads it.

    python benchmarks/export_check.py [--run RUN] [--backends tensorflow jax torch]

Takes the trained weights of a run (`--run runs/demo`), else the freshly initialised network. About 2 minutes.
"""

import json
import pathlib
import tempfile
import time

from built import build, load
from result import CONFIGS, make_parser, run_worker, target, write_result


def work(run):
    """Export on this process's backend; seconds, size and largest differences as JSON."""
    from xdomain_keras.evaluation.predictor import build_predictor
    from xdomain_keras.export import export_saved_model

    names = "tasks.detection.class_names=[a, b, c, d, e, f, g, h, i, j]"
    model = (load(run) if run else build(CONFIGS / "scenes.yaml", [names])).model
    predictor = build_predictor(model.network, model.tasks)
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        differences = export_saved_model(predictor, pathlib.Path(folder) / "exported")
        seconds = time.perf_counter() - start
        size = sum(path.stat().st_size for path in pathlib.Path(folder).rglob("*") if path.is_file())
    print(json.dumps({"seconds": seconds, "megabytes": size / 1e6, **differences}))


def main():
    parser = make_parser(__doc__)
    parser.add_argument("--run", help="folder of a trained run")
    parser.add_argument("--backends", nargs="+", default=["tensorflow", "jax", "torch"])
    parser.add_argument("--worker", action="store_true", help="only export on this process's backend")
    arguments = parser.parse_args()
    if arguments.worker:
        work(arguments.run)
        return
    given = ["--run", arguments.run] if arguments.run else []
    rows = [
        {"exported_from": backend, **run_worker(__file__, "--worker", *given, backend=backend)}
        for backend in arguments.backends
    ]
    targets = []
    for row in rows:
        outputs = {key: value for key, value in row.items() if key not in ("exported_from", "seconds", "megabytes")}
        worst = max(outputs.values())
        text = f"SavedModel from {row['exported_from']}, loaded by TensorFlow alone: largest difference"
        targets.append(target(text, "≤ 1e-4", f"{worst:.1e}", worst <= 1e-4))
    notes = [
        "Outputs are decoded inside the exported graph: boxes (relative), scores, classes, saliency map in [0, 1].",
        "The seconds include writing and verification, each in a process of its own where TensorFlow must be started.",
        f"Weights: {arguments.run or 'freshly initialised'}.",
    ]
    write_result(
        "export_check",
        "Export",
        {"exports": rows},
        targets,
        folder=arguments.results,
        notes=notes,
        backend=", ".join(arguments.backends),
    )


if __name__ == "__main__":
    main()
