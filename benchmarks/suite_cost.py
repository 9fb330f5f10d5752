"""CPU-seconds of the whole suite, beside those of an earlier commit's.

    python benchmarks/suite_cost.py BEFORE

BEFORE is a checkout with a `.venv` of its own. Both suites run at once, each on one core, so that whatever else the
machine does slows both. About 30 minutes on two cores.
"""

import concurrent.futures
import os
import pathlib
import subprocess
import sys

from result import ROOT, make_parser, target, write_result
from suite_time import read_counts

# Before widths were rounded, torch's kernels for newer CPUs corrupted memory in the earlier suite.
ENVIRONMENT = {"ONEDNN_MAX_CPU_ISA": "AVX", "PYTHONUNBUFFERED": "1"}


def run_suite(folder, python, core):
    """Run a checkout's suite on one core; dict of its CPU-seconds and of the numbers of its tests."""
    environment = {key: value for key, value in os.environ.items() if key != "KERAS_BACKEND"} | ENVIRONMENT
    command = ["taskset", "-c", str(core), str(python), "tests/run_backends.py"]
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
    output = process.stdout.read()
    _, _, used = os.wait4(process.pid, 0)
    return {"cpu_seconds": used.ru_utime + used.ru_stime, **read_counts(output)}


def main():
    parser = make_parser(__doc__)
    parser.add_argument("before", type=pathlib.Path, help="checkout of the earlier commit")
    arguments = parser.parse_args()
    before = arguments.before.resolve()
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=before, capture_output=True, text=True)
    suites = {"today": (ROOT, sys.executable), commit.stdout.strip(): (before, before / ".venv" / "bin" / "python")}
    with concurrent.futures.ThreadPoolExecutor(len(suites)) as pool:
        runs = [pool.submit(run_suite, *suite, core) for core, suite in enumerate(suites.values())]
    rows = [{"suite": name, **run.result()} for name, run in zip(suites, runs, strict=True)]
    now, then = (row["cpu_seconds"] for row in rows)
    shown = f"{now:.0f} s, {then:.0f} s before; {rows[0]['failed']} failed"
    targets = [
        target(
            "CPU-seconds of the suite on three backends",
            "at most those before",
            shown,
            now <= then and rows[0]["passed"] > 0 and not rows[0]["failed"],
        )
    ]
    write_result(
        "suite_cost",
        "What the suite costs",
        {"suites": rows},
        targets,
        folder=arguments.results,
        backend="tensorflow, jax, torch",
        notes=["Both suites run at once, each pinned to one core, with one thread a process."],
    )


if __name__ == "__main__":
    main()
