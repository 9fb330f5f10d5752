"""Write the report of a run anew, from its best weights: `xdomain report RUN`."""

import sys


def add_arguments(parser):
    parser.add_argument("run_folder", metavar="RUN", help="folder of the run")
    parser.add_argument("overrides", nargs="*", metavar="section.key=value")


def run(arguments):
    from xdomain_keras.experiments.run_folder import RunFolder

    from .backend import start_backend

    start_backend(trained=RunFolder(arguments.run_folder).backend())
    from xdomain_keras.experiments.evaluate import write_evaluation
    from xdomain_keras.experiments.load import load_run
    from xdomain_keras.parts import load_parts
    from xdomain_keras.reporting.progress import show_note

    parts = load_parts(arguments.parts)
    experiment, folder = load_run(arguments.run_folder, parts, overrides=arguments.overrides)
    for verdict in write_evaluation(experiment, folder):
        show_note(verdict)
    print(folder.report_file)


if __name__ == "__main__":
    from .main import run_alone

    sys.exit(run_alone(sys.modules[__name__]))
