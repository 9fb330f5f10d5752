"""Tests that state a promise, run and counted: what the `*_properties` benchmarks share."""

import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

from result import ROOT, make_parser, target, write_result

BACKENDS = ("tensorflow", "jax", "torch")


def count_tests(path, name, backend):
    """{"passed", "failed", "skipped"} of the tests of a file or folder whose names hold `name`."""
    with tempfile.TemporaryDirectory() as folder:
        report = os.path.join(folder, "tests.xml")
        command = [sys.executable, "-m", "pytest", "-q", path, "-k", name, f"--junitxml={report}"]
        subprocess.run(command, cwd=ROOT, env={**os.environ, "KERAS_BACKEND": backend}, capture_output=True)
        suite = ElementTree.parse(report).getroot().find("testsuite")
    failed, skipped = int(suite.get("failures")) + int(suite.get("errors")), int(suite.get("skipped"))
    return {"passed": int(suite.get("tests")) - failed - skipped, "failed": failed, "skipped": skipped}


def keep(promises, backends, once=()):
    """Run the tests of every promise.

    Args:
        promises: dict of promise → (file or folder of tests, part of the names of those that state it).
        backends: names of backends.
        once: promises that need no backend, and are tried on the first alone.

    Returns:
        (list of rows, list of targets).
    """
    rows, targets = [], []
    for promise, (path, name) in promises.items():
        own = [
            {"promise": promise, "backend": backend, **count_tests(path, name, backend)}
            for backend in (backends[:1] if promise in once else backends)
        ]
        passed, failed = (sum(row[key] for row in own) for key in ("passed", "failed"))
        kept = not failed and all(row["passed"] for row in own)
        targets.append(target(promise, "0 failed", f"{passed} passed, {failed} failed", kept))
        rows += own
    return rows, targets


def main(description, name, title, promises, once=()):
    """The whole of a benchmark that only runs tests: `keep`, its arguments and its result."""
    parser = make_parser(description)
    parser.add_argument("--backends", nargs="+", default=BACKENDS)
    arguments = parser.parse_args()
    rows, targets = keep(promises, arguments.backends, once)
    write_result(name, title, {"tests": rows}, targets, folder=arguments.results, backend="all three")
