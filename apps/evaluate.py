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
    from xdomain_keras.evaluation.evaluator import below_baseline
    from xdomain_keras.experiments.evaluate import as_json, evaluate_split, evaluate_split_baselines
    from xdomain_keras.experiments.load import load_run
    from xdomain_keras.parts import load_parts
    from xdomain_keras.reporting.progress import show_note
    from xdomain_keras.reporting.tables import metrics_table

    parts, split = load_parts(arguments.parts), arguments.split
    experiment, _ = load_run(arguments.run_folder, parts, arguments.weights, arguments.overrides)
    config, data, model = experiment.config, experiment.data, experiment.model
    results, _ = evaluate_split(config, data, model, split)
    baselines = evaluate_split_baselines(config, data, experiment.facts, model, split)
    if arguments.json:
        print(json.dumps(as_json(results)))
    else:
        print(metrics_table(split, as_json(results), as_json(baselines)))
    for verdict in below_baseline(results, baselines, model.tasks):
        show_note(verdict)


if __name__ == "__main__":
    from .main import run_alone

    sys.exit(run_alone(sys.modules[__name__]))
