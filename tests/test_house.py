"""The rules of the house, read off the source."""

import ast
import configparser
import importlib
import pathlib
import re
import statistics
import subprocess

import pytest

from xdomain_keras.config import load_config

ROOT = pathlib.Path(__file__).parent.parent
PACKAGE = ROOT / "xdomain_keras"
# A room imports itself and what stands above it; rooms in one row do not know each other.
ROOMS = (
    ("__init__",),
    ("errors", "files"),
    ("signatures", "packaged_configs", "part_options", "yaml_text", "extras"),
    ("overrides",),
    ("label_matrix",),
    ("config",),
    ("data",),
    ("layers", "weights"),
    ("models",),
    ("losses",),
    ("metrics",),
    ("tasks",),
    ("terms",),
    ("training",),
    ("methods",),
    ("parts",),
    ("evaluation",),
    ("reporting",),
    ("export",),
    ("experiments",),
    ("apps",),
)
LEVEL = {room: level for level, row in enumerate(ROOMS) for room in row}
OPTIONAL = {"tensorflow", "tensorflow_datasets", "keras_cv", "keras_hub", "torch", "jax"}
LAZY = OPTIONAL | {"scipy", "matplotlib", "sklearn", "rich"}
TESTED_ROOMS = ("data/readers", "layers", "losses", "metrics", "tasks", "terms", "methods", "training/balancing")
BASES = {"balancer.py", "dense.py", "task.py", "term.py"}  # tested through what is built on them


def git_files(pattern="*"):
    """Tracked files, and new ones that git does not ignore."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", pattern]
    try:
        listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def sources():
    """Dict of path → parsed module, of the package and its apps."""
    paths = sorted([*PACKAGE.rglob("*.py"), *(ROOT / "apps").rglob("*.py")])
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def room_of(path):
    """`xdomain_keras/data/cache.py` → `data`."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return "apps" if parts[0] == "apps" else parts[1]


def imported_rooms(path, tree):
    """(line, room) of every import within the house, those inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield node.lineno, room_of(path)
        elif isinstance(node, ast.ImportFrom) and node.module == "xdomain_keras":
            yield from ((node.lineno, alias.name if alias.name in LEVEL else "__init__") for alias in node.names)
        elif isinstance(node, ast.ImportFrom | ast.Import):
            names = [node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            for name in names:
                first, *rest = name.split(".")
                if first == "xdomain_keras":
                    yield node.lineno, rest[0] if rest else "__init__"
                elif first == "apps":
                    yield node.lineno, "apps"


def place(path, line):
    return f"{path.relative_to(ROOT)}:{line}"


def test_imports_go_one_way():
    wrong = [
        f"{place(path, line)}: {room_of(path)} imports {room}"
        for path, tree in sources().items()
        for line, room in imported_rooms(path, tree)
        if room != room_of(path) and LEVEL[room] >= LEVEL[room_of(path)]
    ]
    assert not wrong, wrong


def test_every_room_is_in_the_order():
    rooms = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert rooms | {"apps"} == set(LEVEL)


def test_files_are_short():
    paths = [path for path in git_files("*.py") if path.relative_to(ROOT).parts[0] in ("xdomain_keras", "apps")]
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in git_files("*.py")}
    assert {place(path, length) for path, length in lengths.items() if length > 300} == set()
    assert statistics.median(lengths[path] for path in paths) <= 120


def test_everything_public_has_a_docstring():
    missing = [
        f"{place(path, node.lineno)}: {node.name}"
        for path, tree in sources().items()
        for node in [tree, *tree.body]
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
        and not node.name.startswith("_")
        and not (path.parent == ROOT / "apps" and node.name in ("add_arguments", "run"))  # every app has these two
        and not ast.get_docstring(node)
    ]
    missing += [place(path, 1) for path, tree in sources().items() if tree.body and not ast.get_docstring(tree)]
    assert not missing, missing


def exported_classes():
    """Every class that a room, or the package itself, offers."""
    import xdomain_keras

    rooms = [f"xdomain_keras.{room}" for room in xdomain_keras._ROOMS] + ["xdomain_keras.data.readers"]
    rooms.append("xdomain_keras.training.balancing")
    for name in ["xdomain_keras", *rooms]:
        module = importlib.import_module(name)
        for exported in getattr(module, "__all__", ()):
            if isinstance(getattr(module, exported), type):
                yield getattr(module, exported)


def test_every_exported_class_has_an_example():
    classes = set(exported_classes())
    assert len(classes) > 25
    assert sorted(kind.__qualname__ for kind in classes if ">>>" not in (kind.__doc__ or "")) == []


@pytest.mark.parametrize("room", TESTED_ROOMS)
def test_every_part_has_a_test_file(room):
    tests = {path.name for path in (ROOT / "tests" / "unit" / room).glob("test_*.py")}
    parts = [
        path.name for path in (PACKAGE / room).glob("*.py") if path.name != "__init__.py" and path.name not in BASES
    ]
    assert sorted(name for name in parts if f"test_{name}" not in tests) == []


def test_every_kind_of_label_is_tested():
    """What is known of a kind is the same few properties for each, which are tested on a drawing of all of them."""
    from tests.unit.data.labels.test_labels import draw
    from xdomain_keras.data.labels import LABELS

    drawn = draw(80, 64, 30)
    assert [name for name, kind in LABELS.items() if not kind.present(drawn)] == []


def test_test_folders_are_packages():
    folders = {path.parent for path in (ROOT / "tests").rglob("test_*.py")}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_there_is_no_file_for_odds_and_ends():
    assert [path for path in git_files("*.py") if path.stem.lower() in ("utils", "util", "helpers", "misc")] == []


def module_level_imports(tree):
    """Names imported when the module is: those within functions left out."""
    below = list(tree.body)
    while below:
        node = below.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.split(".")[0]
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            below += ast.iter_child_nodes(node)


def test_nothing_optional_is_imported_at_module_level():
    found = [
        f"{path.relative_to(ROOT)}: {name}"
        for path, tree in sources().items()
        for name in module_level_imports(tree)
        if name in LAZY and path.name != "tfds_builder.py"
    ]
    assert not found, found


def setup():
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def test_setup_lists_every_package():
    parser = setup()
    found = {".".join(path.parent.relative_to(ROOT).parts) for path in PACKAGE.rglob("*.py")}
    found |= {f"xdomain_keras.{'.'.join(p.parent.relative_to(ROOT).parts)}" for p in (ROOT / "apps").rglob("*.py")}
    configs = {
        f"xdomain_keras.{'.'.join(p.parent.relative_to(ROOT).parts)}" for p in (ROOT / "configs").rglob("*.yaml")
    }
    listed = set(parser["options"]["packages"].split())
    assert listed - {"xdomain_keras.configs"} == (found | configs) - {"xdomain_keras.configs"}
    assert "xdomain_keras.configs" in listed
    with_data = {name for name, files in parser["options.package_data"].items() if "*.yaml" in files}
    assert configs <= with_data


def test_every_package_has_an_init():
    folders = {path.parent for path in PACKAGE.rglob("*.py")}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_tracked_files_are_small():
    assert [path for path in git_files() if path.stat().st_size > 3 * 2**20] == []


def test_no_file_names_a_place_on_one_machine():
    # Written apart, so that this file does not find itself.
    absolute = re.compile("|".join(("/wo" + "rk/", "/ho" + "me/", "/Us" + "ers/", r"[A-Z]:\\Us" + "ers")))
    texts = (".py", ".yaml", ".yml", ".md", ".cfg", ".toml", ".json", ".txt", "", ".html", ".svg")
    found = [
        place(path, number)
        for path in git_files()
        if path.suffix in texts
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if absolute.search(line)
    ]
    assert not found, found


@pytest.mark.parametrize("path", sorted((ROOT / "configs").rglob("*.yaml")), ids=lambda path: path.stem)
def test_configs_load_and_name_their_command(path):
    config = load_config(path)
    name = path.relative_to(ROOT / "configs").with_suffix("").as_posix()
    comment = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        comment.append(line)
    assert re.search(rf"xdomain \w+ {re.escape(name)}\b", "\n".join(comment)), "the first comment names no command"
    assert config.name in (path.stem, f"{path.parent.name}_{path.stem}")  # the folder of its runs: `scenes` is taken
