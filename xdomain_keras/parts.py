"""Parts: all that a config can name, from this package and from outside.

A part from outside is a label kind, task, term, reader, balancer, backbone or method in a module with a dict `PARTS`,
as `PARTS = {"tasks": {"albedo": Albedo}, "labels": {"albedo": ALBEDO}}`. The module is found by the entry-point group
`xdomain_keras.parts` of an installed package, or is a file that the user names on the command line. A config can never
name a file of code, and nothing in a run folder is executed.
"""

import dataclasses
import hashlib
import importlib.metadata
import importlib.util
import pathlib
import sys

from xdomain_keras.data.labels import LABELS
from xdomain_keras.data.readers import READERS
from xdomain_keras.data.scenes import Scenes
from xdomain_keras.errors import ConfigError
from xdomain_keras.methods import METHODS
from xdomain_keras.models import BACKBONES
from xdomain_keras.signatures import require_known
from xdomain_keras.tasks import TASKS
from xdomain_keras.terms import TERMS
from xdomain_keras.training import BALANCERS

BUILT_IN = "built in"
GROUP = "xdomain_keras.parts"


@dataclasses.dataclass(frozen=True)
class Parts:
    """What there is of each kind, as dicts of name → class or function.

    Attributes:
        labels: kinds of labels.
        tasks: kinds of tasks.
        terms: kinds of terms.
        readers: of data sets.
        balancers: of the tasks' losses.
        backbones: functions that build a network's trunk.
        methods: functions that give the options a config starts from.
        origins: dict of (kind, name) → where a part from outside comes from.
        files: tuple of {"file", "sha256"} of the files that were named on the command line.

    Example:

    >>> "detection" in Parts().tasks, Parts().origin("tasks", "detection")
    (True, 'built in')
    """

    labels: dict = dataclasses.field(default_factory=lambda: dict(LABELS))
    tasks: dict = dataclasses.field(default_factory=lambda: dict(TASKS))
    terms: dict = dataclasses.field(default_factory=lambda: dict(TERMS))
    readers: dict = dataclasses.field(default_factory=lambda: {**READERS, "scenes": Scenes})
    balancers: dict = dataclasses.field(default_factory=lambda: dict(BALANCERS))
    backbones: dict = dataclasses.field(default_factory=lambda: dict(BACKBONES))
    methods: dict = dataclasses.field(default_factory=lambda: dict(METHODS))
    origins: dict = dataclasses.field(default_factory=dict)
    files: tuple = ()

    def origin(self, kind, name):
        """Where a part comes from, as a person reads it."""
        return self.origins.get((kind, name), BUILT_IN)

    def task_kind(self, config, name):
        """The class of a config's task.

        Args:
            config: `ExperimentConfig`.
            name: of the task.

        Raises:
            ConfigError: its `type` is unknown.
        """
        kind = config.tasks.get(name, {}).get("type", name)
        require_known("type", kind, self.tasks, f"tasks.{name}")
        return self.tasks[kind]

    def add(self, found, origin):
        """Take up the `PARTS` of a module.

        Args:
            found: dict of kind → dict of name → part.
            origin: str, for the list of parts and for messages.

        Raises:
            ConfigError: a kind that does not exist, a name that exists already, or one that is not the label's own.
        """
        kinds = [field.name for field in dataclasses.fields(self) if field.name not in ("origins", "files")]
        if not isinstance(found, dict) or not all(isinstance(named, dict) for named in found.values()):
            raise ConfigError(f'{origin}: PARTS is not a dict of dicts; write it as {{"tasks": {{"albedo": Albedo}}}}.')
        for kind, named in found.items():
            require_known("kind", kind, kinds, f"{origin}: PARTS")
            for name, part in named.items():
                if name in getattr(self, kind):
                    raise ConfigError(
                        f"{origin}: PARTS: {kind} has a `{name}` already ({self.origin(kind, name)}); give yours "
                        "another name."
                    )
                if kind == "labels" and getattr(part, "name", name) != name:
                    raise ConfigError(
                        f"{origin}: PARTS: labels: `{name}` is called `{part.name}` by itself; give it that name."
                    )
                getattr(self, kind)[name] = part
                self.origins[kind, name] = origin


def load_parts(files=()):
    """The parts of this package, of installed ones, and of files.

    Args:
        files: paths of Python files with a dict `PARTS`; they are executed.

    Returns:
        `Parts`.

    Raises:
        ConfigError: a file or package cannot be loaded, or gives a name that exists; two files have one name.
    """
    for number, file in enumerate(files):
        if pathlib.Path(file).name in [pathlib.Path(other).name for other in files[:number]]:
            name = pathlib.Path(file).name
            raise ConfigError(f"--parts {file}: another file is called {name} too; rename one: runs know them by name.")
    parts = Parts(files=tuple({"file": pathlib.Path(file).name, "sha256": digest(file)} for file in files))
    for entry in importlib.metadata.entry_points(group=GROUP):
        origin = entry.dist.name if entry.dist else entry.value
        parts.add(parts_of(load_guarded(entry.load, origin), origin), origin)
    for file in files:
        parts.add(parts_of(load_guarded(lambda path=file: load_file(path), file), file), pathlib.Path(file).name)
    return parts


def digest(file):
    """Hash of a file's content, in hexadecimal digits."""
    try:
        return hashlib.sha256(pathlib.Path(file).read_bytes()).hexdigest()
    except OSError as error:
        raise ConfigError(f"--parts {file}: cannot be read ({error.strerror}); give a Python file.") from None


def load_file(path):
    """The module that a Python file defines."""
    spec = importlib.util.spec_from_file_location(f"xdomain_parts_{pathlib.Path(path).stem}", path)
    if spec is None:
        raise ConfigError(f"--parts {path}: is not a Python file; give one that ends in .py.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look for what their annotations name
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[spec.name]
        raise
    return module


def load_guarded(load, origin):
    """What `load` returns; whatever the code from outside raises becomes one line."""
    try:
        return load()
    except ConfigError:
        raise
    except (Exception, SystemExit) as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        raise ConfigError(f"{origin}: cannot be loaded ({reason}); mend it, or leave it out.") from error


def parts_of(module, origin):
    """The dict `PARTS` of a module, or the dict that an entry point names itself."""
    found = module if isinstance(module, dict) else getattr(module, "PARTS", None)
    if found is None:
        raise ConfigError(f'{origin}: has no PARTS; add PARTS = {{"tasks": {{"albedo": Albedo}}}} or the like.')
    return found
