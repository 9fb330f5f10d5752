"""What is promised of partial labels and balancers, put to the test on three backends.

    python benchmarks/pair_mapping_properties.py [--backends tensorflow jax torch]

Runs the tests that state each promise, and counts them; and measures the mapper of `as_released` against the same
equations in plain NumPy. About 10 minutes of 2 cores.
"""

import json
import sys

import numpy as np
from promises import BACKENDS, keep
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
    parser.add_argument("--backends", nargs="+", default=BACKENDS)
    parser.add_argument("--mapper", action="store_true", help="only print the mapper's difference on this backend")
    arguments = parser.parse_args()
    if arguments.mapper:
        print(json.dumps(measure_mapper()))
        return
    targets = []
    for backend in arguments.backends:
        worst = run_worker(__file__, "--mapper", backend=backend)
        targets.append(
            target(f"mapper as released against plain NumPy, {backend}", "≤ 1e-5", f"{worst:.1e}", worst <= 1e-5)
        )
    rows, kept = keep(PROMISES, arguments.backends, ONCE)
    title = "Partial labels and balancers: promises"
    write_result(
        "pair_mapping_properties",
        title,
        {"tests": rows},
        [*targets, *kept],
        folder=arguments.results,
        backend="all three",
    )


if __name__ == "__main__":
    main()
