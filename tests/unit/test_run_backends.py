import textwrap

import pytest

from tests import run_backends

FINE = """
    def test_fine():
        assert True
"""
WRONG = """
    def test_wrong():
        assert 1 == 2
"""
DEADLY = """
    def test_deadly():
        import os, signal

        os.kill(os.getpid(), signal.SIGKILL)
"""
DEADLY_AT_THE_END = """
    import atexit, os

    atexit.register(os.abort)
"""


@pytest.fixture
def outcome(tmp_path, monkeypatch, capsys):
    """A callable: the exit code and the last lines of a run of one backend over such a file of tests."""

    def run(*parts):
        (tmp_path / "test_it.py").write_text("\n".join(map(textwrap.dedent, parts)), encoding="utf-8")
        monkeypatch.setattr(run_backends, "PROCESSES", {"tensorflow": ("tensorflow", "not slow")})
        code = run_backends.main(["--rootdir", str(tmp_path), str(tmp_path / "test_it.py")])
        return code, [line for line in capsys.readouterr().out.splitlines() if not line.startswith("tensorflow ")]

    return run


def test_what_passes_is_counted(outcome):
    assert outcome(FINE) == (0, ["1 passed, 0 failed, 0 skipped"])


def test_a_failure_is_named(outcome):
    code, lines = outcome(FINE, WRONG)
    assert code == 1 and lines[-1] == "1 passed, 1 failed, 0 skipped"
    assert lines[1].startswith("tensorflow: test_it::test_wrong: assert 1 == 2")


def test_a_process_that_dies_is_a_failure_of_the_test_that_ran(outcome):
    code, lines = outcome(FINE, DEADLY)
    assert (code, lines) == (
        1,
        [
            "tensorflow: failed with exit code -9",
            "tensorflow: test_it.py::test_deadly: the process died here, of SIGKILL",
            "0 passed, 1 failed, 0 skipped",
        ],
    )


def test_a_process_that_dies_after_its_tests_is_a_failure_too(outcome):
    code, lines = outcome(FINE, DEADLY_AT_THE_END)
    assert code == 1 and lines[-1] == "1 passed, 1 failed, 0 skipped"
    assert lines[1] == "tensorflow: test_it.py::test_fine: the process died here, of SIGABRT"


def test_a_process_that_dies_before_its_tests_says_so(outcome):
    code, lines = outcome("import os; os.abort()")
    assert code == 1 and lines[1] == "tensorflow: before the first test: the process died here, of SIGABRT"


def test_that_no_test_runs_is_a_failure(outcome):
    code, lines = outcome("")
    assert code == 1 and lines == ["tensorflow: no test ran", "0 passed, 0 failed, 0 skipped"]


def test_arguments_may_select_tests_of_one_process_alone(tmp_path, monkeypatch, capsys):
    (tmp_path / "test_it.py").write_text(textwrap.dedent(FINE), encoding="utf-8")
    processes = {"one": ("torch", "not slow"), "other": ("torch", "slow")}
    monkeypatch.setattr(run_backends, "PROCESSES", processes)
    assert run_backends.main(["--rootdir", str(tmp_path), str(tmp_path / "test_it.py")]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "1 passed, 0 failed, 0 skipped"
