"""Train the rows of a table with several seeds, and compare them: `xdomain table FILE --seeds 5`.

FILE is YAML: a `title`, a `config` with common `overrides`, the `split` that is measured, the `figures` (as
`detection@road/AP50`), and `rows`, each a list of overrides. The first row is what the others are compared with.
Written are `table.csv`, `table.md` and `table.html`. Stopped, the same command goes on where it was.
"""

import os
import pathlib
import sys


def add_arguments(parser):
    parser.add_argument("file", help="YAML of the table")
    parser.add_argument("--seeds", type=int, default=5, help="trainings of each row, seeds from 0 on (default: 5)")
    parser.add_argument("--run", dest="folder", metavar="RUNS", help="folder of the runs (default: runs/FILE-table)")
    parser.add_argument("--jobs", type=int, help="trainings at a time (default: one for two cores)")


def run(arguments):
    from xdomain_keras.errors import ConfigError

    if arguments.seeds < 1:
        raise ConfigError(f"--seeds is {arguments.seeds}; expected 1 or more.")
    from .backend import start_backend

    start_backend(quiet=True)
    from xdomain_keras.experiments.comparison import (
        comparison_rows,
        logged_figures,
        read_comparison,
        read_figures,
        run_comparison,
        single_values,
    )
    from xdomain_keras.experiments.sweep import SharedSources, require_buildable
    from xdomain_keras.parts import load_parts
    from xdomain_keras.reporting.comparison import write_comparison
    from xdomain_keras.signatures import require_known

    folder = pathlib.Path(arguments.folder or pathlib.Path("runs") / f"{pathlib.Path(arguments.file).stem}-table")
    table, trainings = read_comparison(arguments.file, arguments.seeds, folder)
    parts, shared, known = load_parts(arguments.parts), SharedSources(), set()
    for training in trainings:
        if training.run.metrics_file.exists():
            known |= logged_figures(training.run, table.split)
        elif training.seed == 0:
            sources = shared.of(training.config)
            known |= require_buildable(training.row, training.config, sources, parts, table.split)
    for figure in table.figures:
        require_known("figure", figure, sorted(known), f"{arguments.file}: figures")
    jobs = arguments.jobs or max(1, (os.cpu_count() or 1) // 2)
    run_comparison(trainings, arguments.parts, jobs, lambda line: print(line, file=sys.stderr, flush=True))
    figures, lower = read_figures(table, trainings, parts)
    shown = single_values(figures), *comparison_rows(figures, lower)
    print(write_comparison(folder, table.title, table.description, *shown))


if __name__ == "__main__":
    from .main import run_alone

    sys.exit(run_alone(sys.modules[__name__]))
