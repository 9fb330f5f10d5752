"""What is promised of task transfer, put to the test on three backends.

    python benchmarks/task_transfer_properties.py [--backends tensorflow jax torch]

Runs the tests that state each promise, and counts them. About 5 minutes of 2 cores.
"""

from promises import main

PROMISES = {
    "three steps of a two-layer toy, reversal and alternating, against NumPy (1e-6)": (
        "tests/unit/terms/test_domain_adversarial.py",
        "three_steps",
    ),
    "an interrupted run ends as one that was not, adversary included": ("tests/invariant/test_resume.py", ""),
    "B is served by decoder of transfer of encoder": ("tests/integration/test_task_transfer.py", ""),
    "bad input: one line, cell or file, and how to mend it": ("tests/integration/test_bad_input.py", "nothing_is_left"),
}
ONCE = ("bad input: one line, cell or file, and how to mend it",)  # needs no backend


if __name__ == "__main__":
    main(__doc__, "task_transfer_properties", "Task transfer: promises", PROMISES, ONCE)
