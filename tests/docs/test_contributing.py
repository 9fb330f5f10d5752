"""The recipes of CONTRIBUTING.md are excerpts of the examples, and docs/architecture.md names what there is."""

import ast
import importlib
import pathlib
import re

import pytest

pytestmark = pytest.mark.backend_free
ROOT = pathlib.Path(__file__).parents[2]
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
RECIPES = re.findall(r"^## (A [^\n]+)\n(.*?)(?=^## )", CONTRIBUTING, re.MULTILINE | re.DOTALL)


def signatures(text):
    """Classes with their bases, and functions with the names of their parameters, by name."""
    found = {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ClassDef):
            found[node.name] = [ast.unparse(base) for base in node.bases]
        elif isinstance(node, ast.FunctionDef):
            found[node.name] = [argument.arg for argument in node.args.args]
    return found


def test_there_are_five_recipes():
    names = [title.split()[1:] for title, _ in RECIPES]
    assert [own[0] for own in names] == ["label", "reader", "term", "balancer", "method"]


@pytest.mark.parametrize(("title", "text"), RECIPES, ids=[title for title, _ in RECIPES])
def test_a_recipe_is_short_and_an_excerpt_of_its_example(title, text):
    (block,) = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(block.splitlines()) <= 20
    named = re.findall(r"\((docs/examples/\w+\.py)\)", text)
    if not named:  # a method: the block is the whole of it
        assert title == "A method"
        space = {}
        exec(block, space)
        assert set(space["PARTS"]["methods"]["my_method"]()) <= {"terms", "optimizer", "check"}
        return
    example = signatures((ROOT / named[0]).read_text(encoding="utf-8"))
    excerpt = signatures(block)
    assert excerpt and {name: example.get(name) for name in excerpt} == excerpt


def test_the_rooms_are_those_of_the_package():
    rooms = {
        name for row in re.findall(r"^\| (`.*?) \|", ARCHITECTURE, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    }
    package = {path.stem for path in (ROOT / "xdomain_keras").iterdir() if not path.stem.startswith("_")}
    assert rooms - {"apps"} <= package
    assert {path.name for path in (ROOT / "xdomain_keras").iterdir() if (path / "__init__.py").exists()} <= rooms


def test_the_way_of_a_depth_file_is_that_of_the_code():
    """Every `file:function, function` of the drawing exists, and every room is visited once."""
    (drawing,) = re.findall(r"^```text\n(data  .*?)^```$", ARCHITECTURE, re.MULTILINE | re.DOTALL)
    rooms = re.findall(r"^(\w+)", drawing, re.MULTILINE)
    assert len(rooms) == len(set(rooms)) == 4
    room = None
    for line in drawing.splitlines():
        room = (re.match(r"\w+", line) or [room])[0]
        for path, names in re.findall(r"([\w/]+)\.py:([\w.]+(?:, [\w.]+)*)", line):
            found = importlib.import_module(f"xdomain_keras.{room}.{path.replace('/', '.')}")
            first, *others = names.split(", ")
            place = find(found, first.split(".")[:-1])
            for name in (first.split(".")[-1], *others):
                assert hasattr(place, name), f"{room}/{path}.py:{name}"


def find(place, names):
    """What a chain of attributes leads to."""
    for name in names:
        place = getattr(place, name)
    return place
