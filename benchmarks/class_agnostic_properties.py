"""What is promised of the class-agnostic losses and of their labels, put to the test on three backends.

    python benchmarks/class_agnostic_properties.py [--backends tensorflow jax torch]

Runs the tests that state each promise, and counts them. About 3 minutes of 2 cores.
"""

from promises import main

PROMISES = {
    "CAS as the literal double loop, (2, 2), (7, 5) and (30, 21) regions and channels (1e-6)": (
        "tests/unit/losses/test_cas_loss.py",
        "literal",
    ),
    "CAS: no, one and ignored regions, half precision, options": ("tests/unit/losses/test_cas_loss.py", "not literal"),
    "covering, PRI and VI of cases worked out by hand, and by definition": (
        "tests/unit/metrics/test_regions.py",
        "hand or definitions or mean_nothing",
    ),
    "masks: not binary, of another size, without a region": ("tests/unit/data/readers/test_masks.py", ""),
    ".mat without groundTruth": ("tests/unit/data/readers/test_bsds.py", ""),
    "bad images are set aside (--on-bad skip), counted and named": ("tests/integration/test_bad_input.py", "skip"),
}
ONCE = tuple(PROMISES)[2:]  # need no backend


if __name__ == "__main__":
    main(__doc__, "class_agnostic_properties", "Class-agnostic segmentation: promises", PROMISES, ONCE)
