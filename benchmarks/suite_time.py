"""`make test` in a fresh clone: how long it computes after installation, on three backends.

python benchmarks/suite_time.py [--keep]
"""

import re

import fresh_clone
from result import make_parser, target, write_result


def read_counts(output):
    """Dict of `passed`, `failed` and `skipped`, of what `tests/run_backends.py` printed; zeros where it did not end."""
    totals = re.findall(r"^(\d+) passed, (\d+) failed, (\d+) skipped", output, re.MULTILINE)
    return dict(zip(("passed", "failed", "skipped"), map(int, totals[-1] if totals else (0, 0, 0)), strict=True))


def main():
    parser = make_parser(__doc__)
    parser.add_argument("--keep", action="store_true", help="leave the clone for inspection")
    arguments = parser.parse_args()
    with fresh_clone.clone(arguments.keep) as folder:
        installed = fresh_clone.make(folder, ".venv/.dev")
        tested = fresh_clone.make(folder, "test")
    minutes = tested["seconds"] / 60
    counts = read_counts(tested["output"])
    targets = [
        target(
            "`make test` on a fresh clone", "exit code 0", f"exit code {tested['exit_code']}", tested["exit_code"] == 0
        ),
        target("`make test` after installation", "≤ 12 min", f"{minutes:.1f} min", minutes <= 12),
    ]
    figures = {
        "seconds_of_installation": installed["seconds"],
        "seconds": tested["seconds"],
        "cpu_seconds": tested["cpu_seconds"],
        **{f"tests_{key}": count for key, count in counts.items()},
    }
    write_result(
        "suite_time",
        "`make test` on a fresh clone",
        figures,
        targets,
        folder=arguments.results,
        backend="tensorflow, jax, torch",
    )


if __name__ == "__main__":
    main()
