"""A run that is killed in each of its stages and resumed, beside one that was never stopped: what `*_resume` share."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

from result import ROOT, make_parser, target, write_result

SMALL = [
    *(
        f"domains.{domain}.splits.{split}.count={count}"
        for domain in ("synthetic", "photo")
        for split, count in (("train", 24), ("validation", 8), ("test", 24))
    ),
    "evaluation.every_epochs=1",
    "evaluation.pictures=0",
    "evaluation.features=null",
]


def main(description, name, title, config, settings, stages, notes):
    """The whole of such a benchmark. The process gets SIGKILL after the first epoch of a stage, wherever it is then.

    Args:
        description: the script's docstring.
        name: of the result.
        title: of the result.
        config: path of the config.
        settings: overrides beside `SMALL`.
        stages: what each stage is called in the table, in order.
        notes: of the result.
    """
    arguments = make_parser(description).parse_args()
    begin = [str(config), *SMALL, *settings]
    with tempfile.TemporaryDirectory() as scratch:
        whole = pathlib.Path(scratch) / "whole"
        finish(start(whole, begin))
        expected = json.loads((whole / "metrics.json").read_text(encoding="utf-8"))
        rows, targets = [], []
        for index, stage in enumerate(stages):
            folder = pathlib.Path(scratch) / f"stage{index}"
            epochs = kill_in(folder, begin, index, len(stages))
            finish(start(folder, ["--resume"]))
            found = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
            worst = max(gap for split in expected for gap in differences(expected[split], found[split]))
            rows.append(
                {"killed in": stage, "epochs before": " + ".join(map(str, epochs)), "largest difference": worst}
            )
            targets.append(target(f"{title}: in stage `{stage}`", "0 in all metrics", f"{worst:g}", worst == 0))
        write_result(name, title, {"runs": rows}, targets, folder=arguments.results, notes=notes)


def start(folder, options):
    """Start a training in a process of its own."""
    command = [sys.executable, "-m", "apps.train", "--run", str(folder), *options]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, **quiet)


def finish(process):
    """Wait for the end of a training that is to succeed."""
    _, errors = process.communicate()
    if process.returncode:
        raise SystemExit(f"training failed:\n{errors[-2000:]}")


def kill_in(folder, options, stage, stages):
    """Train until the stage has had an epoch, and kill; returns the epochs of each stage that the log then has."""
    process = start(folder, options)
    while epochs_of(folder, stage) < 1:
        if process.poll() is not None:
            errors = process.stderr.read()[-2000:]
            raise SystemExit(f"training ended before stage {stage} could be interrupted:\n{errors}")
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return [epochs_of(folder, index) for index in range(stages)]


def epochs_of(folder, stage):
    """How many epochs of a stage are in the log."""
    log = folder / "log.jsonl"
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    return sum(json.loads(line)["stage_index"] == stage for line in lines)


def differences(expected, found):
    """Absolute differences of all metrics; both have to be the same numbers, or both none."""
    for cell, metrics in expected.items():
        for name, value in metrics.items():
            other = found[cell][name]
            yield float("inf") if (value is None) != (other is None) else abs((value or 0.0) - (other or 0.0))
