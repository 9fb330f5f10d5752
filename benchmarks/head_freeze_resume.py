"""A run of head freeze, killed in either of its stages and resumed, beside one that was never stopped.

    python benchmarks/head_freeze_resume.py

The first stage ends by the plateau of its validation; scores without labels are measured on the way. About 4 minutes
of 2 cores.
"""

from kill_and_resume import main
from result import ROOT

if __name__ == "__main__":
    main(
        __doc__,
        "head_freeze_resume",
        "Head freeze, killed and resumed",
        ROOT / "configs" / "head_freeze" / "scenes.yaml",
        ["stages.0.epochs=8", "stages.0.patience=1", "stages.1.epochs=3"],
        stages=("source", "both"),
        notes=["24 images per domain, 3 epochs on both; all metrics of both domains and splits are compared."],
    )
