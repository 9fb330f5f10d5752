import pytest

from tests.unit.apps.apps import call
from xdomain_keras.apps import list_names


@pytest.mark.parametrize(
    ("kind", "some"),
    [
        ("readers", {"coco", "yolo", "fixation_list", "scenes"}),
        ("tasks", {"detection", "saliency"}),
        ("terms", {"supervised", "mmd"}),
        ("methods", {"mmd_alignment", "multi_task"}),
        ("balancers", {"uniform", "gradnorm", "nash_mtl"}),
        ("backbones", {"resnet", "vgg16", "densenet161", "efficientnet_b3"}),
    ],
)
def test_one_kind_is_one_line(kind, some):
    printed = call(list_names, kind)
    head, names = printed.rstrip("\n").split(": ")
    assert head == kind and some <= set(names.split(", ")) and printed.count("\n") == 1


def test_the_backend_that_is_taken_is_not_worth_a_note(monkeypatch):
    started = []
    monkeypatch.setattr("xdomain_keras.apps.backend.start_backend", lambda **options: started.append(options))
    call(list_names, "tasks")
    call(list_names, "configs")
    assert started == [{"quiet": True}]


def test_all_kinds_are_listed():
    lines = call(list_names).splitlines()
    assert lines[0] == "configs:" and "  mmd_alignment/scenes" in lines
    assert [line.split(":")[0] for line in lines if not line.startswith(" ")] == list(list_names.KINDS)
