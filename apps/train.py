"""Train a config into a run folder: `xdomain train CONFIG [section.key=value …]`."""

import pathlib
import sys


def add_arguments(parser):
    parser.add_argument(
        "config", help="YAML file, or the name of a packaged config; with --resume it may be left out", nargs="?"
    )
    parser.add_argument("overrides", nargs="*", metavar="section.key=value")
    parser.add_argument(
        "--run", dest="folder", metavar="RUN", help="folder of the run (default: runs/NAME of the config)"
    )
    parser.add_argument("--resume", action="store_true", help="go on with an interrupted run")
    parser.add_argument(
        "--singles", action="store_true", help="also train each data set's own network, and say what one for all gains"
    )
    parser.add_argument(
        "--on-bad", choices=("stop", "skip"), help="what to do about bad images and labels (as loader.on_bad)"
    )


def run(arguments):
    from xdomain_keras.errors import ConfigError

    from .backend import start_backend
    from .configs import read_config

    if arguments.on_bad:
        arguments.overrides.append(f"loader.on_bad={arguments.on_bad}")
    if arguments.resume and arguments.overrides:
        raise ConfigError(
            f"--resume: goes on as the run began; leave out `{arguments.overrides[0]}`, or start a new run."
        )
    if not arguments.config and not (arguments.resume and arguments.folder):
        raise ConfigError(
            "--resume: say which run, as --run runs/NAME."
            if arguments.resume
            else "train: no config given; `xdomain list` names the packaged ones."
        )
    if arguments.resume:
        from xdomain_keras.config import load_config
        from xdomain_keras.experiments.run_folder import RunFolder

        run = RunFolder(arguments.folder or runs_folder(load_config(arguments.config)))
        config, folder = run.config(), run.path
        start_backend(trained=run.backend())
    else:
        config = read_config(arguments.config, arguments.overrides)
        folder = arguments.folder or runs_folder(config)
    from xdomain_keras.experiments.train import train
    from xdomain_keras.parts import load_parts
    from xdomain_keras.reporting.progress import progress_callbacks

    options = {"parts": load_parts(arguments.parts), "resume": arguments.resume}
    options["extra_callbacks"], compared = [progress_callbacks], None
    if arguments.singles:
        from xdomain_keras.experiments.train_singles import train_with_singles

        finished, *compared = train_with_singles(config, folder, **options)
    else:
        finished = train(config, folder, **options)
    from xdomain_keras.experiments.evaluate import BASELINE
    from xdomain_keras.reporting.tables import metrics_table, plain_table

    metrics = finished.metrics()
    for split, results in metrics.items():
        if not split.endswith(BASELINE):
            print(metrics_table(split, results, metrics.get(f"{split}{BASELINE}")))
    if compared:
        print(plain_table(*compared[0]), compared[1], sep="\n\n")
    print(f"report: {finished.report_file}")


def runs_folder(config):
    """Where the run of a config goes, unless it is told."""
    return pathlib.Path("runs") / config.name


if __name__ == "__main__":
    from .main import run_alone

    sys.exit(run_alone(sys.modules[__name__]))
