"""A run of task transfer, killed in each of its three stages and resumed, beside one that was never stopped.

    python benchmarks/task_transfer_resume.py

The process gets SIGKILL after the first epoch of the stage, wherever it is then. About 5 minutes of 2 cores.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

from result import ROOT, make_parser, target, write_result

CONFIG = ROOT / "configs" / "task_transfer" / "scenes.yaml"
EPOCHS = 3
SMALL = [
    *(f"domains.{domain}.splits.{split}.count=24" for domain in ("synthetic", "photo") for split in ("train", "test")),
    *(f"domains.{domain}.splits.validation.count=8" for domain in ("synthetic", "photo")),
    *(f"stages.{stage}.epochs={EPOCHS}" for stage in range(3)),
    "evaluation.every_epochs=1",
    "evaluation.pictures=0",
    "evaluation.features=null",
]


def start(folder, resume):
    """Start a training in a process of its own."""
    command = [sys.executable, "-m", "apps.train", "--run", str(folder)]
    command += ["--resume"] if resume else [str(CONFIG), *SMALL]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, **quiet)


def finish(process):
    """Wait for the end of a training that is to succeed."""
    _, errors = process.communicate()
    if process.returncode:
        raise SystemExit(f"training failed:\n{errors[-2000:]}")


def epochs_of(folder, stage):
    """How many epochs of a stage are in the log."""
    log = folder / "log.jsonl"
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    return sum(json.loads(line)["stage_index"] == stage for line in lines)


def kill_in(folder, stage):
    """Train until the stage has had an epoch, and kill; returns the epochs that the log then has."""
    process = start(folder, resume=False)
    while epochs_of(folder, stage) < 1:
        if process.poll() is not None:
            raise SystemExit(
                f"training ended before stage {stage} could be interrupted:\n{process.stderr.read()[-2000:]}"
            )
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return [epochs_of(folder, index) for index in range(3)]


def main():
    arguments = make_parser(__doc__).parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        whole = pathlib.Path(scratch) / "whole"
        finish(start(whole, resume=False))
        expected = json.loads((whole / "metrics.json").read_text(encoding="utf-8"))
        rows, targets = [], []
        for stage, name in enumerate(("task 1", "task 2", "transfer")):
            folder = pathlib.Path(scratch) / f"stage{stage}"
            epochs = kill_in(folder, stage)
            finish(start(folder, resume=True))
            found = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
            gaps = [gap for split in expected for gap in differences(expected[split], found[split])]
            rows.append(
                {"killed in": name, "epochs before": " + ".join(map(str, epochs)), "largest difference": max(gaps)}
            )
            aim = "0 in all metrics"
            targets.append(target(f"resumed after a kill in stage `{name}`", aim, f"{max(gaps):g}", max(gaps) == 0))
        write_result(
            "task_transfer_resume",
            "Task transfer, killed and resumed",
            {"runs": rows},
            targets,
            folder=arguments.results,
            notes=[
                f"24 images a domain, {EPOCHS} epochs a stage; compared are all metrics of both domains and splits."
            ],
        )


def differences(expected, found):
    """Absolute differences of all metrics; both have to be the same numbers, or both none."""
    for cell, metrics in expected.items():
        for name, value in metrics.items():
            other = found[cell][name]
            yield float("inf") if (value is None) != (other is None) else abs((value or 0.0) - (other or 0.0))


if __name__ == "__main__":
    main()
