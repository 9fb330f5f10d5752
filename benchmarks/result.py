"""What every benchmark shares: its arguments, and the JSON that it writes."""

import argparse
import datetime
import importlib.metadata
import json
import math
import os
import pathlib
import platform
import shlex
import subprocess
import sys

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

ROOT = pathlib.Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
CONFIGS = ROOT / "configs" / "mmd_alignment"
PACKAGES = ("keras", "tensorflow", "jax", "torch", "numpy", "opencv-python", "faster-coco-eval")


def make_parser(description):
    """An argument parser that shows the script's docstring and knows where results go."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=pathlib.Path, default=RESULTS, help="folder of the JSON that is written")
    return parser


def target(text, wanted, measured, met):
    """One line of the summary: what is measured, the aim, the figure (both as text), and whether it is met."""
    return {"text": text, "target": wanted, "measured": measured, "met": bool(met)}


def write_result(name, title, figures, targets, *, folder=RESULTS, seeds=(), notes=(), details=None, backend=None):
    """Write `NAME.json` atomically, and say on the terminal which targets are met.

    Args:
        name: of the script, and of the file.
        title: of the section on its page under docs/benchmarks.
        figures: dict; a list of dicts becomes a table, all else a line.
        targets: list of `target`.
        folder: to write to.
        seeds: that were used.
        notes: sentences on what was learnt.
        details: whatever else is worth keeping; not shown on the page.
        backend: of Keras; None for the one of this process.
    """
    from xdomain_keras.files import write_atomically

    content = {
        "name": name,
        "title": title,
        "command": shlex.join(["python", f"benchmarks/{pathlib.Path(sys.argv[0]).name}", *sys.argv[1:]]),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "versions": installed_versions(),
        "backend": backend or os.environ["KERAS_BACKEND"],
        "machine": {
            "system": f"{platform.system()} {platform.machine()}",
            "cores": os.cpu_count(),
            "load": round(os.getloadavg()[0], 1),
        },
        "seeds": list(seeds),
        "figures": as_plain(figures),
        "targets": targets,
        "notes": list(notes),
    }
    if details is not None:
        content["details"] = as_plain(details)
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / f"{name}.json", condensed(content) + "\n")
    for line in targets:
        print(
            f"{'met    ' if line['met'] else 'NOT MET'}  {line['text']}: {line['measured']} (target {line['target']})"
        )


def condensed(content):
    """The JSON of a result, in which a row of a table, a note and whatever holds no table stand on one line each.

    Every number is written in full, so that nothing is lost.

    Args:
        content: dict, as `write_result` stores it.

    Returns:
        str without a line break at its end.
    """
    entries = [f"  {in_one_line(key)}: {condensed_value(value, '  ')}" for key, value in content.items()]
    return "{\n" + ",\n".join(entries) + "\n}"


def condensed_value(value, indent):
    """The JSON of what stands under a key, `indent` spaces deep."""
    deeper = indent + "  "
    if isinstance(value, dict) and holds_table(value):
        lines = [f"{in_one_line(key)}: {condensed_value(item, deeper)}" for key, item in value.items()]
        return "{\n" + ",\n".join(deeper + line for line in lines) + f"\n{indent}}}"
    if is_table(value) or (isinstance(value, list) and any(isinstance(item, str) for item in value)):
        return "[\n" + ",\n".join(deeper + in_one_line(item) for item in value) + f"\n{indent}]"
    return in_one_line(value)


def is_table(value):
    """Whether a value is a list of rows, each a dict."""
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def holds_table(value):
    """Whether a dict has a table in it, at whatever depth of dicts."""
    return any(holds_table(item) if isinstance(item, dict) else is_table(item) for item in value.values())


def in_one_line(value):
    return json.dumps(value, ensure_ascii=False)


def read_result(name, folder=RESULTS):
    """What a benchmark wrote before, or None."""
    path = folder / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def run_worker(script, *arguments, backend=None):
    """Run a script in a process of its own; the last line that it prints is JSON, and is returned."""
    environment = {**os.environ, **({"KERAS_BACKEND": backend} if backend else {})}
    command = [sys.executable, str(script), *map(str, arguments)]
    finished = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
    if finished.returncode:
        raise SystemExit(f"{shlex.join(command)} failed:\n{finished.stderr[-2000:]}")
    return json.loads(finished.stdout.strip().splitlines()[-1])


def installed_versions():
    versions = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


def as_plain(value):
    """NumPy numbers as Python's, NaN and infinity as None, as JSON wants them."""
    if isinstance(value, dict):
        return {str(key): as_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_plain(item) for item in value]
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value
