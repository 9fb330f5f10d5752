"""Run the tests once per backend, in a process each: `python tests/run_backends.py [pytest arguments]`.

Two processes share the cores. Tests that are the same on every backend run once, in a process of their own, on torch,
which traces and compiles nothing. Ends with a line for each test that failed and the line `N passed, N failed, N
skipped`, and with an exit code other than 0 where a process failed or ran no test; with arguments, which may select
tests of one process alone, only where none ran a test. A process that dies counts as one failure, of the test that ran
last.
"""

import concurrent.futures
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree as ElementTree

# Name of the process → (backend, which tests); two go at a time, the longest first.
PROCESSES = {
    "tensorflow": ("tensorflow", "not backend_free"),
    "jax": ("jax", "not backend_free"),
    "any": ("torch", "backend_free"),
    "torch": ("torch", "not backend_free"),
}
NO_TEST = 5  # pytest's exit code
AT_A_TIME = 2
printing = threading.Lock()


def run(name, arguments, folder):
    """Run pytest in one process, its lines prefixed; returns (exit code, failures, passed, failed, skipped)."""
    results, current = (pathlib.Path(folder) / f"{name}.{ending}" for ending in ("xml", "current"))
    backend, chosen = PROCESSES[name]
    options = ["--durations=5", "-p", "tests.current_test", f"--junitxml={results}", "-m", chosen]
    command = [sys.executable, "-m", "pytest", *options, *arguments]
    process = subprocess.Popen(
        command,
        cwd=pathlib.Path(__file__).parents[1],
        env={**os.environ, **limits(), "KERAS_BACKEND": backend, "PYTHONUNBUFFERED": "1", "CURRENT_TEST": str(current)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    start = time.perf_counter()
    for line in process.stdout:
        show(name, line.rstrip())
    code = process.wait()
    show(name, f"exit code {code} after {time.perf_counter() - start:.0f} s")
    if code < 0 or not results.exists():
        passed, failed, skipped = count(results)
        return code, [*failures(results), death(code, current)], passed, failed + 1, skipped
    return code, failures(results), *count(results)


def limits():
    """Environment that gives each process its share of the cores."""
    threads = str(max(1, (os.cpu_count() or 1) // AT_A_TIME))
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")
    # At least 2 between operations: tf.data calls Python from them.
    inter = {"TF_NUM_INTEROP_THREADS": str(max(2, int(threads))), "TF_CPP_MIN_LOG_LEVEL": "3"}
    return {name: value for name, value in {**dict.fromkeys(names, threads), **inter}.items() if name not in os.environ}


def count(results):
    """(passed, failed, skipped) of a JUnit file; zeros where a process left none."""
    totals = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for suite in elements(results, "testsuite"):
        for key in totals:
            totals[key] += int(suite.get(key, 0))
    failed = totals["failures"] + totals["errors"]
    return totals["tests"] - failed - totals["skipped"], failed, totals["skipped"]


def failures(results):
    """Names of the tests that failed in a JUnit file, each with the first line of its message."""
    cases = elements(results, "testcase")
    troubles = [(case, trouble) for case in cases for trouble in (*case.findall("failure"), *case.findall("error"))]
    return [
        f"{case.get('classname')}::{case.get('name')}: {(trouble.get('message') or '').strip().partition(chr(10))[0]}"
        for case, trouble in troubles
    ]


def elements(results, name):
    """All elements of a name in a JUnit file; none where it is missing or was cut off."""
    try:
        return list(ElementTree.parse(results).getroot().iter(name))
    except (OSError, ElementTree.ParseError):
        return []


def death(code, current):
    """The test that ran last and what the process died of."""
    test = current.read_text(encoding="utf-8") if current.exists() else "before the first test"
    cause = signal.Signals(-code).name if -code in {each.value for each in signal.Signals} else f"exit code {code}"
    return f"{test}: the process died here, of {cause}"


def show(name, line):
    with printing:
        print(f"{name:10} | {line}", flush=True)


def main(arguments):
    """Run all processes; returns the exit code."""
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as pool:
        outcomes = list(pool.map(lambda name: run(name, arguments, folder), PROCESSES))
    some_ran = any(code != NO_TEST for code, *_ in outcomes)
    bad = {code for code, *_ in outcomes} - {0, NO_TEST if arguments and some_ran else 0}
    for name, (code, failed, *_) in zip(PROCESSES, outcomes, strict=True):
        if code in bad:
            print(f"{name}: {'no test ran' if code == NO_TEST else f'failed with exit code {code}'}")
            print("".join(f"{name}: {line}\n" for line in failed), end="")
    passed, failed, skipped = (sum(numbers) for numbers in list(zip(*outcomes, strict=True))[2:])
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
