"""The whole story on rendered scenes: joint against single-task models, report and SavedModel (`make demo`)."""

import json
import pathlib
import sys
import time

RUNS = {"joint": "scenes", "single: detection": "scenes_detection", "single: saliency": "scenes_saliency"}
COLUMNS = (
    ("detection", "AP50"),
    ("detection", "AP"),
    ("saliency", "NSS"),
    ("saliency", "CC"),
    ("saliency", "AUC-Judd"),
)


def add_arguments(parser):
    parser.add_argument("overrides", nargs="*", metavar="section.key=value")
    parser.add_argument("--runs", default="runs", help="folder of the runs (default: runs)")
    parser.add_argument("--out", default="saved_models/demo", help="folder of the SavedModel")


def run(arguments):
    from xdomain_keras.extras import require_installed

    from .configs import read_config

    require_installed("tensorflow", "the demo, which ends with a SavedModel,")
    start, folder = time.perf_counter(), pathlib.Path(arguments.runs)
    paths = {name: folder / f"demo{'' if name == 'joint' else '_' + name.split(': ')[1]}" for name in RUNS}
    configs = {name: read_config(f"mmd_alignment/{config}", arguments.overrides) for name, config in RUNS.items()}
    print("rendering and training; this takes a few minutes on 2 cores", flush=True)
    trained = train_all(configs, paths)
    header, rows = compare(trained)
    finish(trained["joint"], header, rows, pathlib.Path(arguments.out))
    print(f"done in {time.perf_counter() - start:.0f} s")


def train_all(configs, paths):
    """Train every config over the same rendered images; dict of name → (experiment, run)."""
    import shutil

    from xdomain_keras.experiments.load import load_run
    from xdomain_keras.experiments.train import train
    from xdomain_keras.parts import load_parts
    from xdomain_keras.reporting.progress import progress_callbacks

    sources, trained, parts = {}, {}, load_parts()
    for name, config in configs.items():
        shutil.rmtree(paths[name], ignore_errors=True)  # the demo's own folders: each demo starts anew
        print(f"== {name}", flush=True)
        train(config, paths[name], parts=parts, extra_callbacks=[progress_callbacks], sources=sources)
        trained[name] = load_run(paths[name], parts, sources=sources)
    return trained


def compare(trained):
    """The table of `make demo`: quality on the test split, size and speed."""
    from xdomain_keras.evaluation.profile import count_macs, count_parameters
    from xdomain_keras.evaluation.speed import compare_speed

    networks = {name: experiment.model.network for name, (experiment, _) in trained.items()}
    singles = [network for name, network in networks.items() if name != "joint"]
    speed = compare_speed({**networks, "both singles in turn": singles})
    header = ["model", *(metric for _, metric in COLUMNS), "parameters", "MACs", "images/s"]
    rows = []
    for name, (experiment, run) in trained.items():
        metrics = by_task(run.metrics()["test"])
        network, size = networks[name], experiment.config.image_size
        quality = [metrics.get(task, {}).get(metric) for task, metric in COLUMNS]
        rows.append([name, *quality, count_parameters(network), count_macs(network, size), speed[name]])
    total = [sum(row[column] for row in rows[1:]) for column in (6, 7)]
    rows.append(["both singles in turn", *[None] * 5, *total, speed["both singles in turn"]])
    blind = by_task(trained["joint"][1].metrics()["test, baseline"])
    rows.append(["baseline", *[blind.get(task, {}).get(metric) for task, metric in COLUMNS], 0, 0, None])
    return header, rows


def by_task(metrics):
    """Metrics of cells as those of their tasks: each is measured on one domain."""
    from xdomain_keras.label_matrix import Cell

    return {Cell.parse(cell).task: values for cell, values in metrics.items()}


def finish(joint, header, rows, out):
    """Print the table, put it into the report, export the joint model."""
    from xdomain_keras.evaluation.predictor import build_predictor
    from xdomain_keras.experiments.evaluate import write_evaluation
    from xdomain_keras.export import export_saved_model
    from xdomain_keras.reporting.tables import plain_table

    experiment, run = joint
    print(plain_table(header, rows))
    run.write_json(run.path / "comparison.json", [dict(zip(header, row, strict=True)) for row in rows])
    write_evaluation(experiment, run, tables={"Joint against single-task": (header, rows)})
    model = experiment.model
    predictor = build_predictor(model.network, model.tasks)
    description = {"name": experiment.config.name, "class_names": model.class_names()}
    differences = export_saved_model(predictor, out, description)
    print(f"report: {run.report_file}")
    print(f"SavedModel: {out}, largest difference {max(differences.values()):.1e} when loaded by TensorFlow alone")
    print(f"try: model = tf.saved_model.load({json.dumps(str(out))}); model.serve(images)")


if __name__ == "__main__":
    from .main import run_alone

    sys.exit(run_alone(sys.modules[__name__]))
