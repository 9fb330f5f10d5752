"""Measure a trained run on a split: `xdomain evaluate RUN [--split test]`."""

import json
import sys


def add_arguments(parser):
    parser.add_argument("run_folder", metavar="RUN", help="folder of the run")
    parser.add_argument("overrides", nargs="*", metavar="section.key=value")
    parser.add_argument("--split", default="test", help="of every domain that has it (default: test)")
    parser.add_argument("--weights", choices=("best", "last"), default="best")
    parser.add_argument("--json", action="store_true", help="print {task@domain: {metric: value}}")


def run(arguments):
    from xdomain_keras.experiments.run_folder import RunFolder

    from .backend import start_backend

    start_backend(trained=RunFolder(arguments.run_folder).backend())
    from xdomain_keras.experiments.evaluate import as_json, evaluate_split, load_run
    from xdomain_keras.reporting.tables import metrics_table

    experiment, _ = load_run(arguments.run_folder, arguments.weights, arguments.overrides)
    results, _ = evaluate_split(experiment, arguments.split)
    print(json.dumps(as_json(results)) if arguments.json else metrics_table(arguments.split, as_json(results)))


if __name__ == "__main__":
    from .main import run_alone

    sys.exit(run_alone(sys.modules[__name__]))
