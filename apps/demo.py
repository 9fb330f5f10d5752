"""The whole story on rendered scenes: one network against two, report and SavedModel (`make demo`)."""

import json
import pathlib
import sys
import time

CONFIG = "mmd_alignment/scenes"


def add_arguments(parser):
    parser.add_argument("overrides", nargs="*", metavar="section.key=value")
    parser.add_argument("--runs", default="runs", help="folder of the run (default: runs)")
    parser.add_argument("--out", default="saved_models/demo", help="folder of the SavedModel")


def run(arguments):
    from xdomain_keras.extras import require_installed

    from .configs import read_config

    require_installed("tensorflow", "the demo, which ends with a SavedModel,")
    config = read_config(CONFIG, arguments.overrides)
    import shutil

    from xdomain_keras.experiments.train_singles import train_with_singles
    from xdomain_keras.parts import load_parts
    from xdomain_keras.reporting.progress import progress_callbacks
    from xdomain_keras.reporting.tables import plain_table

    start, folder = time.perf_counter(), pathlib.Path(arguments.runs) / "demo"
    print("rendering and training; this takes a few minutes on 2 cores", flush=True)
    shutil.rmtree(folder, ignore_errors=True)  # the demo's own folder: each demo starts anew
    parts = load_parts()
    trained, table, sentence = train_with_singles(config, folder, parts=parts, extra_callbacks=[progress_callbacks])
    print(plain_table(*table), sentence, sep="\n\n")
    export(trained.path, parts, pathlib.Path(arguments.out))
    print(f"done in {time.perf_counter() - start:.0f} s")


def export(folder, parts, out):
    """Write the joint network as a SavedModel, and say where things are."""
    from xdomain_keras.evaluation.predictor import build_predictor
    from xdomain_keras.experiments.load import load_run
    from xdomain_keras.export import export_saved_model

    experiment, run = load_run(folder, parts)
    model = experiment.model
    description = {"name": experiment.config.name, "class_names": model.class_names()}
    differences = export_saved_model(build_predictor(model.network, model.tasks), out, description)
    print(f"report: {run.report_file}")
    print(f"SavedModel: {out}, largest difference {max(differences.values()):.1e} when loaded by TensorFlow alone")
    print(f"try: model = tf.saved_model.load({json.dumps(str(out))}); model.serve(images)")


if __name__ == "__main__":
    from .main import run_alone

    sys.exit(run_alone(sys.modules[__name__]))
