import argparse
import subprocess
import sys
import types

import pytest

from xdomain_keras.apps.main import COMMANDS, main, parse, run_alone, run_app
from xdomain_keras.config import load_config, save_config
from xdomain_keras.errors import ConfigError, DataError, DivergedError
from xdomain_keras.experiments.facts import Facts
from xdomain_keras.experiments.run_folder import RunFolder


def arguments_that(error, debug=False):
    def function(arguments):
        if error:
            raise error

    return types.SimpleNamespace(function=function, debug=debug)


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (None, 0, ""),
        (ConfigError("bad key."), 2, "error: bad key.\n"),
        (DataError("a.jpg: cut off\n\n  at byte 3."), 3, "error: a.jpg: cut off at byte 3.\n"),
        (DivergedError("loss is nan."), 4, "error: loss is nan.\n"),
        (KeyboardInterrupt(), 130, "interrupted\n"),
        (ZeroDivisionError("by 0"), 1, "error: ZeroDivisionError: by 0; add --debug to see where.\n"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else None,
)
def test_errors_are_one_line_and_an_exit_code(error, code, said, capsys):
    assert run_app(arguments_that(error)) == code
    assert capsys.readouterr() == ("", said)


def test_debug_shows_the_traceback():
    with pytest.raises(ConfigError, match="bad key"):
        run_app(arguments_that(ConfigError("bad key."), debug=True))


def test_every_command_has_help(capsys):
    for command in COMMANDS:
        with pytest.raises(SystemExit) as stop:
            main([command, "--help"])
        assert stop.value.code == 0 and "--debug" in capsys.readouterr().out
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    out = " ".join(capsys.readouterr().out.split())  # whatever the width of the terminal
    assert stop.value.code == 0 and all(f" {name} {summary}" in out for name, summary in COMMANDS.items())


@pytest.mark.parametrize("argv", [[], ["trian"], ["train", "--nonesuch"], ["predict", "run"], ["list", "a=b", "c=d"]])
def test_a_command_that_there_is_not_is_exit_code_2(argv, capsys):
    with pytest.raises(SystemExit) as stop:
        main(argv)
    assert stop.value.code == 2 and "error: " in capsys.readouterr().err


def make_parser():
    parser = argparse.ArgumentParser()
    parser.add_argument("config", nargs="?")
    parser.add_argument("overrides", nargs="*")
    parser.add_argument("--run")
    return parser


@pytest.mark.parametrize(
    "argv", [["c", "a=1", "b=2", "--run", "r"], ["c", "--run", "r", "a=1", "b=2"], ["c", "a=1", "--run", "r", "b=2"]]
)
def test_overrides_may_stand_before_and_behind_the_options(argv):
    assert vars(parse(make_parser(), argv)) == {"config": "c", "overrides": ["a=1", "b=2"], "run": "r"}


def test_unknown_options_are_refused(capsys):
    with pytest.raises(SystemExit):
        parse(make_parser(), ["c", "a=1", "--rnu", "r"])
    assert "unrecognized arguments: --rnu r" in capsys.readouterr().err


def test_an_app_runs_alone(monkeypatch, capsys):
    def add_arguments(parser):
        parser.add_argument("word")

    app = types.SimpleNamespace(__doc__="Say.", add_arguments=add_arguments, run=lambda given: print(given.word))
    monkeypatch.setattr(sys, "argv", ["say", "hello"])
    assert run_alone(app) == 0 and capsys.readouterr().out == "hello\n"


def run_program(program, folder=None):
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=folder)


def test_nothing_heavy_is_imported_to_say_what_there_is():
    finished = run_program(
        "import sys; from xdomain_keras.apps.main import main; code = main(['list', 'configs'])\n"
        "assert not {'keras', 'tensorflow', 'jax', 'torch', 'matplotlib', 'scipy'} & set(sys.modules), sys.modules\n"
        "sys.exit(code)"
    )
    assert finished.returncode == 0, finished.stderr
    assert "mmd_alignment/scenes" in finished.stdout


def test_help_imports_nothing_that_takes_time():
    finished = run_program(
        "import sys; from xdomain_keras.apps.main import COMMANDS, main\n"
        "for command in COMMANDS:\n"
        "    try:\n        main([command, '--help'])\n    except SystemExit as stop:\n        assert stop.code == 0\n"
        "slow = {'keras', 'numpy', 'cv2', 'pydantic', 'yaml', 'tensorflow', 'jax', 'torch', 'matplotlib', 'rich'}\n"
        "assert not slow & set(sys.modules), slow & set(sys.modules)"
    )
    assert finished.returncode == 0, finished.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["train", "--resume", "--run", "run"],
        *(["evaluate", "run"], ["export", "run"], ["report", "run"], ["predict", "run", "photo.png"]),
        *(["check", "small.yaml"], ["train", "small.yaml"], ["profile", "small.yaml"]),
    ],
)
def test_no_backend_is_imported_before_it_is_chosen(arguments, tmp_path):
    config = load_config("mmd_alignment/scenes")
    save_config(config, tmp_path / "small.yaml")
    RunFolder(tmp_path / "run").create(config, Facts({}, backend="jax"), {})
    finished = run_program(
        "import sys\nfrom xdomain_keras.apps import backend\nfrom xdomain_keras.apps.main import main\n"
        "def choose(name):\n    print('keras' in sys.modules)\n    sys.exit(7)\n"
        f"backend.import_keras = choose\nmain({arguments})",
        tmp_path,
    )
    assert (finished.returncode, finished.stdout) == (7, "False\n"), finished.stderr
