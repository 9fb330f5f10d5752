import keras
import numpy as np
import pytest
from keras import ops

from tests.unit.terms.stand_in import OnlyLoss
from xdomain_keras import LabelMatrix
from xdomain_keras.errors import ConfigError
from xdomain_keras.label_matrix import Cell
from xdomain_keras.terms import Needs, Setting, Step, Supervised
from xdomain_keras.terms.term import check_needs

MATRIX = LabelMatrix({"road": ["depth", "edges"], "attic": ["edges"], "field": []})
RNG = np.random.default_rng(0)
TRUE, PRED = RNG.normal(size=(2, 4, 5, 3)).astype("float32")


def make_step(weights, true=TRUE, domain="road", task="depth"):
    """One domain with one task, as the trainer hands it to the terms."""
    targets, outputs = {domain: {task: ops.array(true)}}, {domain: {task: ops.array(PRED)}}
    return Step({}, targets, {domain: {task: ops.array(weights, "float32")}}, outputs, {domain: {}})


def compute(term, step):
    return {str(cell): (float(value), float(count)) for cell, (value, count) in term.compute(step).items()}


def losses():
    return {"depth": keras.losses.MeanAbsoluteError(), "edges": keras.losses.MeanSquaredError()}


def build(weights=None, given=None, **options):
    """The term over both losses, checked as before training."""
    term = Supervised(weights, **options)
    setting = Setting(MATRIX, {name: OnlyLoss(loss) for name, loss in (given or losses()).items()})
    check_needs(term, setting)
    term.prepare(None, setting)
    return term


def test_it_reads_the_labelled_outputs_and_nothing_else():
    term, setting = Supervised(), Setting(MATRIX)
    assert term.cells(setting) == [Cell("depth", "road"), Cell("edges", "road"), Cell("edges", "attic")]
    assert term.needs(setting) == {
        "road": Needs(outputs=frozenset({"depth", "edges"})),
        "attic": Needs(outputs=frozenset({"edges"})),
        "field": Needs(),
    }


def test_a_task_weight_scales_its_cells_and_a_cell_weight_goes_before():
    plain = compute(build(), make_step([1, 1, 1, 1]))["depth@road"][0]
    for weights, factor in [({"depth": 3.0}, 3), ({"depth": 3.0, "depth@road": 5.0}, 5), ({"depth@attic": 7.0}, 1)]:
        weighted = compute(build(weights), make_step([1, 1, 1, 1]))["depth@road"][0]
        np.testing.assert_allclose(weighted, factor * plain, rtol=1e-6)


@pytest.mark.parametrize("key", ["dept", "dept@road"])
def test_a_weight_for_an_unknown_task_is_named(key):
    with pytest.raises(ConfigError, match=r"terms.supervised.weights: unknown task `dept`; did you mean `depth`\?"):
        build({key: 1.0})


@pytest.mark.parametrize("weight", [-0.3, np.nan, np.inf])
def test_a_loss_is_not_unlearnt(weight):
    with pytest.raises(ConfigError, match=r"terms.supervised.weights.depth@road is .*; expected a number from 0 up"):
        Supervised({"depth@road": weight})
    with pytest.raises(ConfigError, match=r"terms.supervised.weight is .*; expected a number from 0 up"):
        Supervised(weight=weight)


@pytest.mark.parametrize("absent", [np.nan, np.inf, 1e38])
def test_absent_labels_do_not_count_whatever_stands_in_their_place(absent):
    true = TRUE.copy()
    true[[1, 3]] = absent
    value, count = compute(build(), make_step([1, 0, 1, 0], true))["depth@road"]
    np.testing.assert_allclose(value, np.abs(TRUE - PRED)[[0, 2]].mean(), rtol=1e-6)
    assert count == 2


def test_without_any_label_the_loss_is_zero_and_so_is_the_count():
    assert compute(build(), make_step([0, 0, 0, 0], TRUE * np.nan))["depth@road"] == (0.0, 0.0)


def test_a_loss_that_keeps_axes_is_averaged_over_each_image():
    value, _ = compute(build(), make_step([0, 1, 1, 1]))["depth@road"]
    np.testing.assert_allclose(value, np.abs(TRUE - PRED)[1:].mean(), rtol=1e-6)


def test_the_losses_that_it_is_given_stay_as_they_are():
    given = losses()
    build(given=given)
    assert given["depth"].reduction == "sum_over_batch_size"
