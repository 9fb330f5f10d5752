"""A fresh clone of the repository, installed, and the time of a make target in it."""

import contextlib
import os
import pathlib
import resource
import shutil
import subprocess
import tempfile
import time

from result import ROOT


@contextlib.contextmanager
def clone(keep=False):
    """A clone of the last commit in a temporary folder, removed afterwards unless `keep`."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="fresh_clone_")) / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    try:
        yield folder
    finally:
        print(f"clone: {folder}") if keep else shutil.rmtree(folder.parent)


def make(folder, goal):
    """Run `make GOAL`, echoing what it prints.

    Returns:
        dict of `exit_code`, `seconds`, `cpu_seconds` and `output`.
    """
    hidden = ("VIRTUAL_ENV", "KERAS_BACKEND", "TF_CPP_MIN_LOG_LEVEL", "PYTHONPATH")
    environment = {key: value for key, value in os.environ.items() if key not in hidden}
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen(
        ["make", goal], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    lines = []
    for line in process.stdout:
        print(line, end="", flush=True)
        lines.append(line)
    code, after = process.wait(), resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"exit_code": code, "seconds": time.perf_counter() - start, "cpu_seconds": cpu, "output": "".join(lines)}
