"""Every command of the pages has tiny settings, on which `benchmarks/clean_environments.py` runs it."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[3] / "benchmarks"))

import clean_environments  # noqa: E402
import readme_commands  # noqa: E402

pytestmark = pytest.mark.backend_free
COMMANDS = readme_commands.read_commands(readme_commands.read_pages())


def test_commands_are_read_without_comments_and_across_lines():
    text = '```bash\nmake test\nxdomain train a "x={b: 1}"   # why\nxdomain sweep a \\\n  --vary "seed=[0, 1]"\n```\n'
    assert readme_commands.read_commands(text) == ["xdomain train a 'x={b: 1}'", "xdomain sweep a --vary 'seed=[0, 1]'"]


@pytest.mark.parametrize("command", [*COMMANDS, *readme_commands.BEYOND])
def test_every_command_has_tiny_settings(command):
    assert readme_commands.make_tiny(command)[0] in ("xdomain", "python")


def test_sweeps_are_shortened():
    words = readme_commands.make_tiny("xdomain sweep task_transfer/scenes --vary seed=[0,1,2] --vary a,b=[[1,2],[3,4]]")
    assert words[4:7] == ["seed=[0, 1]", "--vary", "a,b=[[1, 2]]"]


@pytest.mark.parametrize(
    ("code", "line", "outcome"),
    [
        (0, "note: the backend is jax", "worked"),
        (
            2,
            f"error: it needs tensorflow; {clean_environments.EXTRA}.",
            f"it needs tensorflow; {clean_environments.EXTRA}.",
        ),
        (1, f"error: ImportError: {clean_environments.EXTRA}", "FAILED"),
        (2, "error: unknown key", "FAILED"),
    ],
)
def test_outcomes(code, line, outcome):
    assert clean_environments.judge(code, line).startswith(outcome)
