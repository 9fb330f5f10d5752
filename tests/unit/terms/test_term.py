import pytest

from tests.unit.terms.stand_in import OnlyLoss
from xdomain_keras import LabelMatrix
from xdomain_keras.errors import ConfigError
from xdomain_keras.tasks import Depth, Normals
from xdomain_keras.terms import MMD, Needs, Setting, Term
from xdomain_keras.terms.term import check_needs

MATRIX = LabelMatrix({"room": ["depth"], "street": []})
TASKS = {"depth": Depth("depth", (32, 32)), "boxes": OnlyLoss(None), "normals": Normals("normals", (32, 32))}
SETTING = Setting(MATRIX, TASKS, {"c5": (2, 2, 8), "pooled": (8,)})


class Reader(Term):
    """A term that says what it needs, and notes when it is asked for its own demands."""

    def __init__(self, **need):
        super().__init__("reader")
        self.need, self.asked = Needs(**{key: frozenset([name]) for key, name in need.items()}), []

    def needs(self, setting):
        return {"room": self.need}

    def check(self, setting):
        self.asked.append(setting)


def test_needs_of_several_terms_are_joined():
    first = Needs(frozenset({"depth"}), frozenset({"c5"}))
    second = Needs(features=frozenset({"pooled"}), maps=frozenset({"c4"}))
    assert (
        first | second == second | first == Needs(frozenset({"depth"}), frozenset({"c5", "pooled"}), frozenset({"c4"}))
    )


def test_a_setting_knows_whose_predictions_are_maps():
    assert list(SETTING.map_tasks) == ["depth", "normals"] and SETTING.map_tasks["depth"] is TASKS["depth"]
    assert Setting(MATRIX).map_tasks == {} and Setting(MATRIX).features == {}


@pytest.mark.parametrize(
    ("need", "message"),
    [
        ({"outputs": "dept"}, "terms.reader: unknown task `dept`; did you mean `depth`?"),
        ({"features": "pool"}, "terms.reader: unknown feature `pool`; did you mean `pooled`?"),
        ({"maps": "c4"}, "terms.reader: unknown feature `c4`; known are c5, pooled."),
        ({"maps": "pooled"}, "terms.reader: the feature `pooled` is not a map; take a level, such as `c5`."),
    ],
)
def test_what_a_term_reads_and_the_setting_lacks_is_named(need, message):
    term = Reader(**need)
    with pytest.raises(ConfigError) as caught:
        check_needs(term, SETTING)
    assert str(caught.value) == message
    assert term.asked == []  # `check` may rely on what `needs` declares


def test_a_term_adds_demands_of_its_own_once_its_needs_are_met():
    term = Reader(outputs="boxes", features="pooled", maps="c5")
    check_needs(term, SETTING)
    assert term.asked == [SETTING] and not term.built


def test_what_needs_itself_raises_comes_first():
    with pytest.raises(ConfigError, match=r"`mmd` needs features of 2 domains; got 1 \(`room`\)"):
        check_needs(MMD("c9"), Setting(LabelMatrix({"room": ["depth"]}), TASKS, SETTING.features))


@pytest.mark.parametrize("weight", [-1, float("nan"), float("inf")])
def test_a_weight_is_a_number_from_0_up(weight):
    with pytest.raises(ConfigError, match=r"terms.alone.weight is .*; expected a number from 0 up"):
        Term("alone", weight)
