"""How long the program takes to be there: imports and `--help`, medians over fresh processes.

python benchmarks/start_up.py [--runs N]
"""

import os
import pathlib
import resource
import statistics
import subprocess
import sys
import time

from result import ROOT, make_parser, target, write_result

IMPORTS = """
import sys, time
start = time.perf_counter(); import keras
middle = time.perf_counter(); import xdomain_keras; {more}
end = time.perf_counter()
print(middle - start, end - middle)
"""
ROOMS = "from xdomain_keras import data, layers, losses, metrics, models, tasks, terms, methods"


def time_import(more, runs):
    """Median seconds of `import keras`, and of importing this package after it."""
    seconds = []
    for _ in range(runs + 1):  # the first writes bytecode and fills the disk's cache
        finished = run([sys.executable, "-c", IMPORTS.format(more=more)])
        seconds.append([float(part) for part in finished.stdout.split()])
    return [statistics.median(column) for column in zip(*seconds[1:], strict=True)]


def time_command(command, runs):
    """Median wall and CPU seconds of a command."""
    wall, cpu = [], []
    for _ in range(runs + 1):
        start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        run(command)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        wall.append(time.perf_counter() - start)
        cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(wall[1:]), statistics.median(cpu[1:])


def run(command):
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)


def main():
    parser = make_parser(__doc__)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    keras_seconds, package_seconds = time_import("pass", arguments.runs)
    _, rooms_seconds = time_import(ROOMS, arguments.runs)
    script = pathlib.Path(sys.executable).parent / "xdomain"
    program = [str(script)] if script.exists() else [sys.executable, "-m", "xdomain_keras.apps.main"]
    commands = {"python -c pass": [sys.executable, "-c", "pass"]}
    commands |= {
        f"xdomain {' '.join(words)}": [*program, *words] for words in (["--help"], ["list", "configs"], ["list"])
    }
    rows = [
        dict(zip(("command", "seconds", "cpu_seconds"), (name, *time_command(command, arguments.runs)), strict=True))
        for name, command in commands.items()
    ]
    help_seconds = rows[1]["seconds"]
    figures = {
        "seconds_of_import_keras": keras_seconds,
        "seconds_of_import_xdomain_keras_after_it": package_seconds,
        "seconds_of_its_rooms_after_it": rooms_seconds,
        "commands": rows,
    }
    text = f"`import xdomain_keras` beyond Keras' own ({os.environ['KERAS_BACKEND']})"
    targets = [
        target(text, "≤ 0.3 s", f"{package_seconds:.3f} s", package_seconds <= 0.3),
        target("`xdomain --help`", "≤ 0.5 s", f"{help_seconds:.2f} s", help_seconds <= 0.5),
    ]
    notes = [f"Medians of {arguments.runs} fresh processes. Rooms: `{ROOMS}`."]
    write_result("start_up", "Start-up", figures, targets, folder=arguments.results, notes=notes)


if __name__ == "__main__":
    main()
