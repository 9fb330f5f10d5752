"""Who knows what: the seams of the house, read off the source."""

import ast
import importlib
import re

import pytest

from tests.test_house import ROOT, imported_rooms, place, room_of, sources

# The files outside `data` that may touch a `Source`; `parts` names the classes and opens none.
DATA_FILES = {f"xdomain_keras/experiments/{name}.py" for name in ("data", "resolve", "faults", "sources")}


@pytest.mark.parametrize("room", ["evaluation", "reporting"])
def test_who_measures_and_who_reports_knows_no_experiment(room):
    """They are given plain values: a report imports nothing of the house but how a file is written."""
    known = {"evaluation": {"errors", "label_matrix", "data", "layers", "models"}, "reporting": {"files"}}[room]
    found = {
        other for path, tree in sources().items() if room_of(path) == room for _, other in imported_rooms(path, tree)
    }
    assert found - {room} == known


def source_classes():
    """Names of all classes of sources."""
    rooms = [importlib.import_module(f"xdomain_keras.data{room}") for room in ("", ".readers", ".scenes")]
    base = rooms[0].Source
    kinds = {
        kind for room in rooms for kind in vars(room).values() if isinstance(kind, type) and issubclass(kind, base)
    }
    assert len(kinds) > 20
    return {kind.__name__ for kind in kinds}


def lines_that_touch_a_source(tree, names):
    """Lines that open a source, go through a dict of them, read from one, or import one of these classes."""
    methods = {"source", "read_image", "read_labels", "labels_of", "decodes_files"}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("xdomain_keras.data"):
            if {alias.name for alias in node.names} & names:
                yield node.lineno
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in methods:
            yield node.lineno
        elif isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("sources"):
            yield node.lineno
        elif isinstance(node, ast.Attribute):
            of_all = node.attr in ("items", "values") and ast.unparse(node.value).endswith("sources")
            if of_all or node.attr == "decodes_files":
                yield node.lineno


def test_only_the_files_of_data_touch_a_source():
    names = source_classes()
    touching = {
        path.relative_to(ROOT).as_posix()
        for path, tree in sources().items()
        if room_of(path) != "data" and list(lines_that_touch_a_source(tree, names))
    }
    assert touching - {"xdomain_keras/parts.py"} == DATA_FILES


def test_tasks_say_what_they_can():
    """As properties: nobody asks for their class, or for what some of them may have."""
    tasks = importlib.import_module("xdomain_keras.tasks")
    kinds = {name for name, kind in vars(tasks).items() if isinstance(kind, type)}
    assert {"Segmentation", "Saliency"} <= kinds
    wrong = []
    for path, tree in sources().items():
        for node in ast.walk(tree) if room_of(path) != "tasks" else ():
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) > 1:
                first, *_, last = [ast.unparse(argument) for argument in node.args]
                asked = node.func.id == "isinstance" and set(re.findall(r"\w+", last)) & kinds
                if asked or (node.func.id in ("getattr", "hasattr") and "task" in first):
                    wrong.append(place(path, node.lineno))
    assert not wrong, wrong


def literals(tree):
    """(line, text) of every str in the source, the pieces of f-strings too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def test_nobody_else_knows_the_key_of_a_label():
    """`layers` calls the outputs of an exported detector alike, which are not labels."""
    from xdomain_keras.data.labels import LABELS
    from xdomain_keras.tasks import TASKS

    keys = {key for kind in LABELS.values() for key in kind.keys} - {*TASKS, "classes"}
    assert {"fixations_xy", "boxes_xyxy", "semantic_ids", "depth_meters"} <= keys
    wrong = [
        f"{place(path, line)}: {text}"
        for path, tree in sources().items()
        for line, text in literals(tree)
        if text in keys and room_of(path) not in ("data", "tasks", "metrics", "layers")
    ]
    assert not wrong, wrong


def test_a_cell_is_spelt_in_one_place():
    wrong = {
        path.relative_to(ROOT).as_posix()
        for path, tree in sources().items()
        for _, text in literals(tree)
        if text == "@"
    }
    assert wrong == {"xdomain_keras/label_matrix.py"}
