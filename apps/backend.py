"""Choosing the Keras backend: the one that is asked for, else the run's, else one that is installed."""

import json
import os
import pathlib
import sys
import tempfile

from xdomain_keras.errors import ConfigError
from xdomain_keras.extras import BACKENDS, install, is_installed

# What Keras' own file may change that networks and weights of this package cannot follow.
EXPECTED = {"image_data_format": "channels_last", "floatx": "float32"}


def start_backend(asked=None, trained=None, quiet=False):
    """Import Keras on a backend, see `choose_backend`; what nobody asked for is said on stderr unless `quiet`."""
    name, note = choose_backend(asked, trained)
    if note and not quiet:
        print(f"note: {note}", file=sys.stderr, flush=True)
    import_keras(name)


def choose_backend(asked=None, trained=None):
    """The backend of this process, and a note where nobody asked for it.

    `KERAS_BACKEND` goes before `asked`, that before `trained`, that before the backend in keras.json, and that
    before the first that is installed.

    Args:
        asked: backend of a config, or None.
        trained: backend that a run was trained on, or None.

    Returns:
        (name, note or None).

    Raises:
        ConfigError: what is asked for is not installed, or nothing is; or keras.json has values that networks of this
            package do not take.
    """
    given = os.environ.get("KERAS_BACKEND")
    if "keras" in sys.modules:
        return running_backend(None if given else asked), None
    path, stored = read_keras_json()
    for key, expected in EXPECTED.items():
        if stored.get(key, expected) != expected:
            raise ConfigError(f'{path}: {key} is "{stored[key]}"; write "{key}": "{expected}".')
    installed = [name for name in BACKENDS if is_installed(name)]
    if not installed:
        others = " or ".join(f"[{name}]" for name in BACKENDS[1:])
        raise ConfigError(f"no backend of Keras is installed; {install(BACKENDS[0])}, or with {others}.")
    for place, name in (("KERAS_BACKEND", given), ("backend", asked)):
        if name:
            require_backend(place, name, installed)
            return name, None
    if trained in installed:
        return trained, None
    default = stored.get("backend")
    name, reason = (default, f"as in {path}") if default in installed else (installed[0], "which is installed")
    if trained:
        return name, f"the run was trained on {trained}, which is not installed; going on with {name}."
    return name, f"the backend is {name}, {reason}; KERAS_BACKEND, or `backend` in the config, chooses another."


def require_backend(place, name, installed):
    """Raise a `ConfigError` where a backend is asked for that there is not, or that is not installed."""
    if name not in BACKENDS:
        raise ConfigError(f"{place} is {name}; expected {', '.join(BACKENDS)}.")
    if name not in installed:
        others = ", ".join(installed)
        raise ConfigError(f"{place} is {name}, which is not installed; {install(name)}, or take one that is: {others}.")


def running_backend(asked):
    """The backend that Keras runs on already; it cannot be changed within a process."""
    import keras

    running = keras.backend.backend()
    if asked and asked != running:
        raise ConfigError(f"backend is {asked}, but this process runs on {running} already; start another process.")
    return running


def read_keras_json():
    """(path, content) of the file in which Keras keeps its defaults; an empty dict where there is none."""
    home = pathlib.Path.home()
    default = (home if os.access(home, os.W_OK) else pathlib.Path("/tmp")) / ".keras"
    path = pathlib.Path(os.environ.get("KERAS_HOME", default)).expanduser() / "keras.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        content = {}  # Keras takes it for empty, too
    return path, content if isinstance(content, dict) else {}


def import_keras(name):
    """Import Keras on a backend; TensorFlow's start-up chatter is held back."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    given = os.environ.get("KERAS_BACKEND")
    with tempfile.TemporaryFile() as chatter:
        # It is written by C++ before any log level counts, so the descriptor itself is turned away.
        stderr = os.dup(2)
        os.dup2(chatter.fileno(), 2)
        try:
            os.environ["KERAS_BACKEND"] = name
            import keras

            keras.utils.set_random_seed(0)  # Keras then imports TensorFlow where there is one, on every backend
        except BaseException:
            chatter.seek(0)
            os.write(stderr, chatter.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
            # What was chosen here is not what the user asked for.
            os.environ.pop("KERAS_BACKEND") if given is None else os.environ.update(KERAS_BACKEND=given)
