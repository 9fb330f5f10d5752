"""A run of task transfer, killed in each of its three stages and resumed, beside one that was never stopped.

    python benchmarks/task_transfer_resume.py

About 5 minutes of 2 cores.
"""

from kill_and_resume import main
from result import ROOT

EPOCHS = 3


if __name__ == "__main__":
    main(
        __doc__,
        "task_transfer_resume",
        "Task transfer, killed and resumed",
        ROOT / "configs" / "task_transfer" / "scenes.yaml",
        [f"stages.{stage}.epochs={EPOCHS}" for stage in range(3)],
        stages=("task 1", "task 2", "transfer"),
        notes=[
            f"24 images per domain, {EPOCHS} epochs per stage; all metrics of both domains and splits are compared."
        ],
    )
