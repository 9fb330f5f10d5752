import pytest

from xdomain_keras import LabelMatrix
from xdomain_keras.errors import ConfigError

ROWS = {"simulator": ["depth", "segmentation"], "road": ["segmentation"], "web": []}


def test_cells_domains_and_tasks_keep_their_order():
    matrix = LabelMatrix(ROWS)
    assert matrix.domains == ("simulator", "road", "web")
    assert matrix.tasks == ("depth", "segmentation")
    assert matrix.cells == (("simulator", "depth"), ("simulator", "segmentation"), ("road", "segmentation"))
    assert matrix.tasks_of("web") == ()
    assert matrix.domains_of("segmentation") == ("simulator", "road")
    assert matrix.has("simulator", "depth") and not matrix.has("road", "depth")


def test_later_changes_of_the_given_lists_do_not_reach_it():
    rows = {"road": ["depth"]}
    matrix = LabelMatrix(rows)
    rows["road"].append("edges")
    assert matrix.tasks_of("road") == ("depth",)


def test_a_part_keeps_the_order_of_the_whole():
    """The first domain is the one that the others are made alike: a stage that names it last changes nothing."""
    part = LabelMatrix(ROWS).restrict(["road", "simulator"], ["segmentation", "depth"])
    assert part.domains == ("simulator", "road") and part.tasks == ("depth", "segmentation")


def test_equal_matrices_hash_alike():
    first, second = LabelMatrix(ROWS), LabelMatrix({name: tuple(tasks) for name, tasks in ROWS.items()})
    assert first == second and hash(first) == hash(second) and first != LabelMatrix({"road": []})


def test_text_has_a_row_a_domain_and_a_column_a_task():
    lines = str(LabelMatrix(ROWS)).splitlines()
    assert lines == [
        "           depth  segmentation",
        "simulator  x      x",
        "road       -      x",
        "web        -      -",
    ]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LabelMatrix({}), "no domain"),
        (lambda: LabelMatrix({"road": ["depth", "depth"]}), "`road` names a task twice: depth, depth"),
        (lambda: LabelMatrix(ROWS).restrict(["raod"]), "unknown domain `raod`; did you mean `road`?"),
    ],
)
def test_mistakes_are_named_in_one_line(make, message):
    with pytest.raises(ConfigError, match=message) as error:
        make()
    assert "\n" not in str(error.value)
