"""Write a run as SavedModel and verify it: `xdomain export RUN [--heads detection saliency] [--out FOLDER]`."""

import pathlib
import sys


def add_arguments(parser):
    parser.add_argument("run_folder", metavar="RUN", help="folder of the run")
    parser.add_argument("--heads", nargs="+", metavar="TASK", help="only these heads (default: all)")
    parser.add_argument("--out", help="folder to write (default: saved_models/ and the name of the run's folder)")
    parser.add_argument("--weights", choices=("best", "last"), default="best")
    parser.add_argument("--domain", help="predict as on this domain, where its `taps` send heads to other levels")


def run(arguments):
    from xdomain_keras.experiments.run_folder import RunFolder

    from .backend import start_backend

    start_backend(trained=RunFolder(arguments.run_folder).backend())
    from xdomain_keras.experiments.load import load_run
    from xdomain_keras.export import export_saved_model
    from xdomain_keras.parts import load_parts
    from xdomain_keras.signatures import require_known

    experiment = load_run(arguments.run_folder, load_parts(arguments.parts), arguments.weights)[0]
    model = experiment.model.for_evaluation()
    heads = arguments.heads or list(model.tasks)
    for head in heads:
        require_known("task", head, model.tasks, "--heads")
    predictor = model.predictor(arguments.domain, heads)
    path = pathlib.Path(
        arguments.out or pathlib.Path("saved_models") / pathlib.Path(arguments.run_folder).resolve().name
    )
    description = {"name": experiment.config.name, "class_names": model.class_names()}
    differences = export_saved_model(predictor, path, description)
    print(
        f"{path}: verified; largest difference " + ", ".join(f"{key} {value:.1e}" for key, value in differences.items())
    )


if __name__ == "__main__":
    from .main import run_alone

    sys.exit(run_alone(sys.modules[__name__]))
