import pytest

from tests.unit.apps.apps import call
from xdomain_keras.apps import list_names
from xdomain_keras.errors import ConfigError
from xdomain_keras.part_options import options_of, summary_of

PARTS = [
    pytest.param(kind, name, id=f"{kind}/{name}")
    for kind in list_names.KINDS
    if kind not in ("configs", "labels")
    for name in list_names.parts_of(kind, [])
]


@pytest.mark.parametrize(
    ("kind", "some"),
    [
        ("readers", {"coco", "yolo", "fixation_list", "scenes"}),
        ("labels", {"boxes", "fixations", "depth"}),
        ("tasks", {"detection", "saliency"}),
        ("terms", {"supervised", "mmd"}),
        ("methods", {"mmd_alignment", "multi_task"}),
        ("balancers", {"uniform", "gradnorm", "nash_mtl"}),
        ("backbones", {"resnet", "vgg16", "densenet161", "efficientnet_b3"}),
        ("configs", {"forkme", "mmd_alignment/scenes"}),
    ],
)
def test_a_kind_is_a_line_a_name_with_its_origin_and_a_sentence(kind, some):
    lines = call(list_names, kind).splitlines()
    assert some <= {line.split()[0] for line in lines} and len(lines) == len(list_names.parts_of(kind, []))
    names, sentences = zip(*(line.split("  built in  ") for line in lines), strict=True)
    assert len({len(name) for name in names}) == 1 and all(sentence.strip() for sentence in sentences)


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


def test_a_part_has_a_line_an_option():
    first, header, *options = call(list_names, "terms/mmd").splitlines()
    assert first.startswith("terms/mmd (built in): Pulls the domains' features together")
    assert header.split() == ["option", "type", "default"]
    names = [line.split()[0] for line in options]
    assert {"feature", "kernel", "weight"} <= set(names) and not {"name", "tasks"} & set(names)
    (kernel,) = (line for line in options if line.startswith("kernel "))
    assert "  one of bilinear | rbf | linear  " in kernel and "  bilinear  " in kernel
    assert "required" in call(list_names, "readers/coco") and call(list_names, "balancers/uniform").endswith(
        "no options\n"
    )


def test_a_method_shows_what_it_lays_under_a_config():
    printed = call(list_names, "methods/pair_mapping")
    assert "terms:\n  supervised: {reduction: image}\n" in printed and "optimizer: {name: adam" in printed


def test_a_config_shows_its_file_and_comment():
    first, path, *comment = call(list_names, "configs/mmd_alignment/scenes").splitlines()
    assert first.startswith("configs/mmd_alignment/scenes (built in): Detection on rendered rooms")
    assert path.endswith("scenes.yaml") and any("xdomain train mmd_alignment/scenes" in line for line in comment)


@pytest.mark.parametrize("name", list_names.parts_of("labels", []))
def test_a_kind_of_labels_shows_its_keys(name):
    part, _ = list_names.parts_of("labels", [])[name]
    first, header, *keys = call(list_names, f"labels/{name}").splitlines()
    assert first.startswith(f"labels/{name} (built in): ") and first.endswith(".")
    assert header.split() == ["key", "type", "axes"]
    assert [line.split()[0] for line in keys] == list(part.keys) and all(len(line.split()) == 3 for line in keys)


def test_a_part_from_a_file_stands_among_the_others_with_its_file(tmp_path):
    (tmp_path / "mine.py").write_text(
        "from xdomain_keras.tasks import Depth\n\n\n"
        'class Albedo(Depth):\n    """How bright every pixel is."""\n\n\nPARTS = {"tasks": {"albedo": Albedo}}\n'
    )
    lines = call(list_names, "tasks", "--parts", tmp_path / "mine.py").splitlines()
    assert lines[-1].split(maxsplit=2) == ["albedo", "mine.py", "How bright every pixel is."]
    printed = call(list_names, "tasks/albedo", "--parts", tmp_path / "mine.py")
    assert printed.startswith("tasks/albedo (mine.py): How bright every pixel is.") and "\nscale " in printed
    assert "albedo" not in call(list_names, "tasks")


@pytest.mark.parametrize(("kind", "name"), PARTS)
def test_every_part_says_what_it_is_and_what_each_option_does(kind, name):
    part, _ = list_names.parts_of(kind, [])[name]
    assert summary_of(part).endswith(".")
    options = options_of(part, list_names.KINDS[kind])
    assert [option.name for option in options if not option.text] == []


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("reders", "list: unknown kind `reders`; did you mean `readers`?"),
        ("readers/coko", "readers: unknown name `coko`; did you mean `coco`?"),
        ("configs/mmd_alignment/scense", "configs: unknown name `mmd_alignment/scense`; did you mean"),
        ("balancers/", "balancers: unknown name ``; known are cagrad, dwa"),
    ],
)
def test_what_there_is_not_is_one_line(what, message):
    with pytest.raises(ConfigError) as error:
        call(list_names, what)
    assert str(error.value).startswith(message) and "\n" not in str(error.value)
