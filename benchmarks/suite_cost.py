"""CPU-seconds of the whole suite, beside those of an earlier commit's.

    python benchmarks/suite_cost.py BEFORE

BEFORE is a checkout with a `.venv` of its own. Both suites run at once, each on one core, so that whatever else the
machine does slows both. About 30 minutes on two cores.
"""

import os
import pathlib
import re
import subprocess
import sys
import threading

from result import ROOT, make_parser, target, write_result

# Before widths were rounded, torch's kernels for newer CPUs corrupted memory in the earlier suite.
ENVIRONMENT = {"ONEDNN_MAX_CPU_ISA": "AVX", "PYTHONUNBUFFERED": "1"}


def run_suite(folder, python, core, found):
    """Run a checkout's suite on one core, and put what it took and its last line into a dict."""
    environment = {key: value for key, value in os.environ.items() if key != "KERAS_BACKEND"} | ENVIRONMENT
    command = ["taskset", "-c", str(core), str(python), "tests/run_backends.py"]
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
    lines = process.stdout.read().splitlines()
    _, _, used = os.wait4(process.pid, 0)
    counts = re.findall(r"(\d+) passed, (\d+) failed, (\d+) skipped", lines[-1] if lines else "")
    passed, failed, skipped = map(int, counts[0]) if counts else (0, 0, 0)
    found |= {"cpu_seconds": used.ru_utime + used.ru_stime, "passed": passed, "failed": failed, "skipped": skipped}


def main():
    parser = make_parser(__doc__)
    parser.add_argument("before", type=pathlib.Path, help="checkout of the earlier commit")
    arguments = parser.parse_args()
    before = arguments.before.resolve()
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=before, capture_output=True, text=True)
    suites = {"today": (ROOT, sys.executable), commit.stdout.strip(): (before, before / ".venv" / "bin" / "python")}
    found = {name: {} for name in suites}
    threads = [
        threading.Thread(target=run_suite, args=(*suite, core, found[name]))
        for core, (name, suite) in enumerate(suites.items())
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = [{"suite": name, **own} for name, own in found.items()]
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
