"""What is promised of partial labels and balancers, put to the test on three backends.

    python benchmarks/pair_mapping_properties.py [--backends tensorflow jax torch]

Runs the tests that state each promise, and counts them; and measures the mapper of `as_released` against the same
equations in plain NumPy. About 10 minutes of 2 cores.
"""

import json
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

import numpy as np
from result import ROOT, make_parser, run_worker, target, write_result

PROMISES = {
    "32 label masks of five tasks: finite losses and gradients": ("tests/invariant/test_label_masks.py", "32_masks"),
    "one label alone: equal to the single-task loss (1e-6)": ("tests/invariant/test_label_masks.py", "alone"),
    "NaN in absent labels: no bit changes in 3 steps": ("tests/invariant/test_label_masks.py", "no_bit"),
    "balancers on 250 random Gramians a property": ("tests/unit/training/balancing", ""),
    "balanced training steps": ("tests/unit/training/test_balanced_trainer.py", ""),
    "pair consistency, batch against loop": ("tests/unit/terms/test_pair_consistency.py", "equation_4"),
    "bad input: one line, file and field": ("tests/integration/test_bad_input.py", ""),
    "SegNet and MTAN, max-unpooling included, against torch": ("tests/parity/test_mtan.py", ""),
}
ONCE = ("bad input: one line, file and field",)  # needs no backend


def count_tests(path, name, backend):
    """{"passed", "failed", "skipped"} of the tests of a file or folder whose names hold `name`."""
    with tempfile.TemporaryDirectory() as folder:
        report = os.path.join(folder, "tests.xml")
        command = [sys.executable, "-m", "pytest", "-q", path, "-k", name, f"--junitxml={report}"]
        subprocess.run(command, cwd=ROOT, env={**os.environ, "KERAS_BACKEND": backend}, capture_output=True)
        suite = ElementTree.parse(report).getroot().find("testsuite")
    failed, skipped = int(suite.get("failures")) + int(suite.get("errors")), int(suite.get("skipped"))
    return {"passed": int(suite.get("tests")) - failed - skipped, "failed": failed, "skipped": skipped}


def measure_mapper():
    """Largest difference of the mapper from the equations, relative to the largest value."""
    sys.path.insert(0, str(ROOT))
    from keras import ops

    from tests.parity.test_pair_mapper import CHANNELS, MAPS, PAIRS, build, draw_weights, expected_map

    weights = draw_weights()
    mapper, worst = build(weights, True, 1.0), 0.0
    for task in CHANNELS:
        expected = expected_map(weights, task, PAIRS, True)
        mapped = ops.convert_to_numpy(mapper([mapper.embed(task, MAPS[task]), PAIRS.astype("int32")]))
        worst = max(worst, float(np.abs(mapped - expected).max() / np.abs(expected).max()))
    return worst


def main():
    parser = make_parser(__doc__)
    parser.add_argument("--backends", nargs="+", default=["tensorflow", "jax", "torch"])
    parser.add_argument("--mapper", action="store_true", help="only print the mapper's difference on this backend")
    arguments = parser.parse_args()
    if arguments.mapper:
        print(json.dumps(measure_mapper()))
        return
    rows, targets = [], []
    for backend in arguments.backends:
        worst = run_worker(__file__, "--mapper", backend=backend)
        targets.append(
            target(f"mapper as released against plain NumPy, {backend}", "≤ 1e-5", f"{worst:.1e}", worst <= 1e-5)
        )
    for promise, (path, name) in PROMISES.items():
        for backend in arguments.backends[:1] if promise in ONCE else arguments.backends:
            rows.append({"promise": promise, "backend": backend, **count_tests(path, name, backend)})
        own = [row for row in rows if row["promise"] == promise]
        passed, failed = (sum(row[key] for row in own) for key in ("passed", "failed"))
        targets.append(
            target(
                promise, "0 failed", f"{passed} passed, {failed} failed", not failed and all(r["passed"] for r in own)
            )
        )
    title = "Partial labels and balancers: promises"
    write_result(
        "pair_mapping_properties", title, {"tests": rows}, targets, folder=arguments.results, backend="all three"
    )


if __name__ == "__main__":
    main()
