import json
import os
import subprocess
import sys

import keras
import pytest

from xdomain_keras.apps import backend
from xdomain_keras.apps.backend import choose_backend, import_keras, start_backend
from xdomain_keras.errors import ConfigError

ALL = ("tensorflow", "jax", "torch")


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A callable that says what a machine has, on which Keras is not imported yet."""

    def make(installed=ALL, given=None, **keras_json):
        monkeypatch.delitem(sys.modules, "keras")
        monkeypatch.setattr(backend, "is_installed", lambda name: name in installed)
        monkeypatch.delenv("KERAS_BACKEND", raising=False)
        monkeypatch.setenv("KERAS_HOME", str(tmp_path))
        if given is not None:
            monkeypatch.setenv("KERAS_BACKEND", given)
        if keras_json:
            (tmp_path / "keras.json").write_text(json.dumps(keras_json))

    return make


@pytest.mark.parametrize(
    ("given", "asked", "trained", "expected"),
    [
        ("torch", "jax", "tensorflow", "torch"),
        ("", "jax", "tensorflow", "jax"),
        (None, "jax", "tensorflow", "jax"),
        (None, None, "jax", "jax"),
    ],
)
def test_the_environment_goes_before_the_config_and_that_before_the_run(machine, given, asked, trained, expected):
    machine(given=given, backend="torch")
    assert choose_backend(asked, trained) == (expected, None)


@pytest.mark.parametrize(
    ("installed", "stored", "expected"),
    [
        (ALL, "torch", "torch"),
        (ALL, None, "tensorflow"),
        (ALL, "numpy", "tensorflow"),
        (("jax", "torch"), "tensorflow", "jax"),
        (("torch",), "jax", "torch"),
    ],
)
def test_where_nobody_asks_it_is_that_of_keras_json_else_the_first_installed(
    machine, installed, stored, expected, tmp_path
):
    machine(installed, **({"backend": stored} if stored else {}))
    name, note = choose_backend()
    reason = f"as in {tmp_path / 'keras.json'}" if expected == stored else "which is installed"
    assert name == expected and note.startswith(f"the backend is {name}, {reason}; KERAS_BACKEND, or `backend`")


def test_a_run_of_a_backend_that_is_missing_goes_on_with_another(machine):
    machine(("torch",))
    assert choose_backend(trained="jax") == (
        "torch",
        "the run was trained on jax, which is not installed; going on with torch.",
    )


@pytest.mark.parametrize(
    ("installed", "given", "asked", "message"),
    [
        ((), None, None, "no backend of Keras is installed; pip install 'xdomain-keras[tensorflow]', or with [jax] or"),
        (("jax",), "torch", None, "KERAS_BACKEND is torch, which is not installed; pip install 'xdomain-keras[torch]'"),
        (("jax", "torch"), None, "tensorflow", "backend is tensorflow, which is not .* one that is: jax, torch"),
        (ALL, "theano", None, "KERAS_BACKEND is theano; expected tensorflow, jax, torch"),
    ],
)
def test_what_cannot_be_had_is_said_in_one_line(machine, installed, given, asked, message):
    machine(installed, given)
    with pytest.raises(ConfigError, match=message.replace("[", r"\[")) as caught:
        choose_backend(asked)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [("image_data_format", "channels_first", "channels_last"), ("floatx", "float16", "float32")],
)
def test_a_keras_json_that_networks_cannot_follow_is_named(machine, key, value, expected, tmp_path):
    machine(given="jax", **{key: value})
    with pytest.raises(ConfigError) as caught:
        choose_backend()
    assert str(caught.value) == f'{tmp_path / "keras.json"}: {key} is "{value}"; write "{key}": "{expected}".'


@pytest.mark.parametrize("text", ["", "[]", "{"])
def test_a_keras_json_that_is_none_counts_for_nothing(machine, text, tmp_path):
    machine(("torch",))
    (tmp_path / "keras.json").write_text(text)
    assert choose_backend()[0] == "torch"


def test_a_process_keeps_its_backend(monkeypatch):
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    running = keras.backend.backend()
    assert choose_backend(running) == choose_backend(None, "any") == (running, None)
    other = next(name for name in ALL if name != running)
    with pytest.raises(ConfigError, match=f"backend is {other}, but this process runs on {running} already"):
        choose_backend(other)
    monkeypatch.setenv("KERAS_BACKEND", running)
    assert choose_backend(other) == (running, None)


def test_a_choice_is_said_once_and_is_no_wish_of_the_user(machine, monkeypatch, capsys):
    machine(("jax", "torch"))
    imported = []
    monkeypatch.setattr(backend, "import_keras", imported.append)
    start_backend()
    assert capsys.readouterr().err.startswith("note: the backend is jax, which is installed; ")
    start_backend(quiet=True)
    assert capsys.readouterr().err == "" and imported == ["jax", "jax"]


@pytest.mark.parametrize("given", [None, "jax"])
def test_the_environment_is_as_it_was(given, monkeypatch):
    seen = []
    monkeypatch.setattr(keras.utils, "set_random_seed", lambda seed: seen.append(os.environ["KERAS_BACKEND"]))
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    if given:
        monkeypatch.setenv("KERAS_BACKEND", given)
    import_keras("torch")
    assert seen == ["torch"] and os.environ.get("KERAS_BACKEND") == given


def test_chatter_of_the_start_is_held_back_and_stderr_comes_back(capfd, monkeypatch):
    monkeypatch.setattr(keras.utils, "set_random_seed", lambda seed: os.write(2, b"chatter\n"))
    import_keras("torch")
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "after\n"


def test_what_was_said_before_a_failed_start_is_shown(capfd, monkeypatch):
    def fail(seed):
        os.write(2, b"chatter\n")
        raise ImportError("no backend")

    monkeypatch.setattr(keras.utils, "set_random_seed", fail)
    with pytest.raises(ImportError, match="no backend"):
        import_keras("torch")
    assert capfd.readouterr().err == "chatter\n"


@pytest.mark.parametrize(("missing", "expected"), [(["tensorflow"], "jax"), (["tensorflow", "jax"], "torch")])
def test_one_backend_is_enough_to_list_and_to_check(missing, expected, tmp_path):
    """Packages that are None in `sys.modules` cannot be imported or found."""
    program = (
        f"import sys; sys.modules.update(dict.fromkeys({[*missing, 'tensorflow_datasets']!r}))\n"
        "from xdomain_keras.apps.main import main\n"
        "splits = [f'{name}.splits.{split}' for name in ('room', 'street') for split in ('train', 'test')]\n"
        "small = [f'domains.{split}.count=2' for split in splits]\n"
        "small += ['image_size=[64, 64]', 'model.backbone.width=0.125']\n"
        "codes = main(['list']), main(['check', 'mmd_alignment/scenes', *small])\n"
        "import keras; assert keras.backend.backend() == sys.argv[1]; sys.exit(max(codes))"
    )
    environment = {key: value for key, value in os.environ.items() if key != "KERAS_BACKEND"}
    environment["KERAS_HOME"] = str(tmp_path)
    command = [sys.executable, "-c", program, expected]
    finished = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr
    assert "backbones: densenet161" in finished.stdout and "No module named" not in finished.stderr
