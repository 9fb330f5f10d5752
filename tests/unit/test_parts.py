import hashlib
import types

import pytest

from tests.unit.apps.apps import call
from xdomain_keras import parts as module
from xdomain_keras.apps import list_names
from xdomain_keras.data import LABELS, DenseLabel
from xdomain_keras.data.readers import READERS
from xdomain_keras.errors import ConfigError
from xdomain_keras.methods import METHODS
from xdomain_keras.models import BACKBONES
from xdomain_keras.parts import BUILT_IN, GROUP, Parts, load_parts
from xdomain_keras.tasks import TASKS
from xdomain_keras.terms import TERMS
from xdomain_keras.training import BALANCERS

# Kind → (all parts of this package, one of them).
KINDS = {
    "labels": (LABELS, "boxes"),
    "tasks": (TASKS, "depth"),
    "terms": (TERMS, "mmd"),
    "readers": (READERS, "coco"),
    "balancers": (BALANCERS, "gradnorm"),
    "backbones": (BACKBONES, "resnet"),
    "methods": (METHODS, "multi_task"),
}


@pytest.fixture
def write(tmp_path):
    """Callable that writes a file of Python; its path."""

    def write(text, name="mine.py"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


@pytest.fixture
def install(monkeypatch):
    """Callable that installs packages: name → what their entry point loads, or raises."""

    def install(**packages):
        def entry_points(group):
            assert group == GROUP
            return [entry(name, loaded) for name, loaded in packages.items()]

        def entry(name, loaded):
            def load():
                if isinstance(loaded, Exception):
                    raise loaded
                return loaded

            dist = types.SimpleNamespace(name=name)
            return types.SimpleNamespace(dist=dist, value=f"{name}.parts", load=load)

        monkeypatch.setattr(module.importlib.metadata, "entry_points", entry_points)

    return install


def test_all_that_there_is_without_others_is_built_in():
    parts = load_parts()
    for kind, (known, name) in KINDS.items():
        assert known.items() <= getattr(parts, kind).items() and parts.origin(kind, name) == BUILT_IN
    assert "scenes" in parts.readers and parts.files == () and parts.origins == {}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_can_come_from_a_file(kind, write):
    known, existing = KINDS[kind]
    before = dict(known)
    file = write(f"def mine():\n    pass\n\n\nPARTS = {{{kind!r}: {{'mine': mine}}}}\n")
    parts = load_parts([file])
    assert getattr(parts, kind)["mine"].__name__ == "mine" and parts.origin(kind, "mine") == "mine.py"
    assert getattr(parts, kind).keys() - {"scenes"} == {*before, "mine"} and parts.origin(kind, existing) == BUILT_IN
    assert known == before and "mine" not in getattr(Parts(), kind)  # those of the package stay what they are


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_can_come_from_an_installed_package(kind, install):
    """Its entry point names a module, or the dict itself."""
    for loaded in (types.SimpleNamespace(PARTS={kind: {"mine": 5}}), {kind: {"mine": 5}}):
        install(extras=loaded)
        parts = load_parts()
        assert getattr(parts, kind)["mine"] == 5 and parts.origin(kind, "mine") == "extras"


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_that_exists_is_refused(kind, write):
    _, name = KINDS[kind]
    with pytest.raises(ConfigError) as caught:
        load_parts([write(f"PARTS = {{{kind!r}: {{{name!r}: None}}}}\n")])
    assert str(caught.value) == f"mine.py: PARTS: {kind} has a `{name}` already (built in); give yours another name."


def test_the_other_that_has_the_name_is_said(write, install):
    install(first={"tasks": {"mine": 1}}, second={"tasks": {"mine": 2}})
    with pytest.raises(ConfigError, match="^second: PARTS: tasks has a `mine` already \\(first\\)"):
        load_parts()
    install(first={"tasks": {"mine": 1}})
    with pytest.raises(ConfigError, match="^a.py: PARTS: tasks has a `mine` already \\(first\\)"):
        load_parts([write("PARTS = {'tasks': {'mine': 1}}\n", "a.py")])
    install()
    files = [write(f"PARTS = {{'tasks': {{'mine': {number}}}}}\n", f"{number}.py") for number in (1, 2)]
    with pytest.raises(ConfigError, match="^2.py: PARTS: tasks has a `mine` already \\(1.py\\)"):
        load_parts(files)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("PARTS = {'taks': {}}\n", "mine.py: PARTS: unknown kind `taks`; did you mean `tasks`?"),
        ("PARTS = {'files': {}}\n", "mine.py: PARTS: unknown kind `files`; "),
        ("PARTS = {'origins': {}}\n", "mine.py: PARTS: unknown kind `origins`; "),
        ("PARTS = {['tasks'][0]: [5]}\n", "mine.py: PARTS is not a dict of dicts; write it as"),
        ("PARTS = 5\n", "mine.py: PARTS is not a dict of dicts; write it as"),
        ("", "mine.py: has no PARTS; add PARTS ="),
        ("parts = {}\n", "mine.py: has no PARTS; add PARTS ="),
        ("PARTS = None\n", "mine.py: has no PARTS; add PARTS ="),
        ("1 / 0\n", "mine.py: cannot be loaded (ZeroDivisionError: division by zero); mend it, or leave it out."),
        ("import nonesuch\n", "mine.py: cannot be loaded (ModuleNotFoundError: No module named 'nonesuch'); mend"),
        ("def\n", "mine.py: cannot be loaded (SyntaxError: invalid syntax"),
        ("raise SystemExit(0)\n", "mine.py: cannot be loaded (SystemExit: 0); mend it, or leave it out."),
    ],
)
def test_a_file_that_cannot_be_used_is_one_line(text, message, write):
    with pytest.raises(ConfigError) as caught:
        load_parts([write(text)])
    assert message in str(caught.value) and "\n" not in str(caught.value) and caught.value.exit_code == 2


def test_a_package_that_cannot_be_used_is_one_line(install):
    install(broken=ImportError("no module\nat all"))
    with pytest.raises(ConfigError, match="^broken: cannot be loaded \\(ImportError: no module at all\\); mend it"):
        load_parts()
    install(bare=types.SimpleNamespace())
    with pytest.raises(ConfigError, match="^bare: has no PARTS"):
        load_parts()


def test_a_file_that_there_is_not_and_one_that_is_no_python(write, tmp_path):
    with pytest.raises(ConfigError, match="^--parts .*gone.py: cannot be read \\(No such file or directory\\); give a"):
        load_parts([str(tmp_path / "gone.py")])
    with pytest.raises(ConfigError, match="cannot be read \\(Is a directory\\); give a Python file"):
        load_parts([str(tmp_path)])
    with pytest.raises(ConfigError, match="mine.txt: is not a Python file; give one that ends in .py"):
        load_parts([write("PARTS = {}\n", "mine.txt")])


def test_files_are_known_by_name_and_hash(write):
    text = "PARTS = {}\n"
    files = [write(text, "a.py"), write(text + "\n", "b.py")]
    first, second = load_parts(files).files
    assert first == {"file": "a.py", "sha256": hashlib.sha256(text.encode()).hexdigest()}
    assert second["file"] == "b.py" and second["sha256"] != first["sha256"]


def test_two_files_of_one_name_could_not_be_told_apart(write, tmp_path):
    (tmp_path / "other").mkdir()
    files = [write("PARTS = {}\n"), write("PARTS = {}\n", "other/mine.py")]
    with pytest.raises(ConfigError, match="other/mine.py: another file is called mine.py too; rename one"):
        load_parts(files)


MODERN = '''"""Annotations that are text, and a class that looks itself up in its module."""

from __future__ import annotations

import dataclasses
from typing import Literal

from xdomain_keras.tasks import Depth


@dataclasses.dataclass
class Range:
    least: float = 0.0


class Heat(Depth):
    """How warm every pixel is.

    Args:
        name: of the task.
        size: (height, width) of the network's input in pixels.
        unit: `"kelvin"` or `"celsius"`.
        least: of what is measured.
    """

    def __init__(self, name, size, unit: Literal["kelvin", "celsius"] = "kelvin", least: float | None = None):
        super().__init__(name, size)
        self.unit, self.range = unit, Range(least or 0.0)


PARTS = {"tasks": {"heat": Heat}}
'''


def test_a_file_may_be_written_as_a_module_is(write):
    from xdomain_keras.signatures import call as construct

    kind = load_parts([write(MODERN)]).tasks["heat"]
    task = construct(kind, {"unit": "celsius", "least": 2}, "tasks.heat", name="heat", size=(8, 8))
    assert (task.unit, task.range.least) == ("celsius", 2.0)
    with pytest.raises(ConfigError, match="tasks.heat: `unit` is 'rankine'; input should be 'kelvin' or 'celsius'"):
        construct(kind, {"unit": "rankine"}, "tasks.heat", name="heat", size=(8, 8))
    printed = call(list_names, "tasks/heat", "--parts", write(MODERN))
    assert printed.startswith("tasks/heat (mine.py): How warm every pixel is.")
    assert any(line.split()[:4] == ["unit", "one", "of", "kelvin"] for line in printed.splitlines())


def test_a_task_is_looked_up_among_all(write):
    config = types.SimpleNamespace(tasks={"warm": {"type": "heat"}, "odd": {"type": "haet"}})
    parts = load_parts([write(MODERN)])
    assert parts.task_kind(config, "warm").__name__ == "Heat" and parts.task_kind(config, "depth") is TASKS["depth"]
    with pytest.raises(ConfigError, match="tasks.odd: unknown type `haet`; did you mean `heat`"):
        parts.task_kind(config, "odd")


def test_a_kind_of_labels_from_outside_has_the_name_that_its_task_reads():
    """A kind under another name than its own would be looked for in vain."""
    parts = Parts()
    with pytest.raises(ConfigError, match="mine: PARTS: labels: `shade` is called `albedo` by itself; give it that"):
        parts.add({"labels": {"shade": DenseLabel("albedo")}}, "mine")
