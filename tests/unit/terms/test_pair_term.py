import numpy as np
import pytest
from keras import ops

from tests.unit.terms.pairs import PRESENT, TASKS, make_setting, make_step, prepared
from tests.unit.terms.stand_in import OnlyLoss
from xdomain_keras import LabelMatrix
from xdomain_keras.errors import ConfigError
from xdomain_keras.tasks import Depth, SalientObject
from xdomain_keras.terms import Needs
from xdomain_keras.terms.pair_term import PairTerm


def test_it_reads_every_dense_task_where_any_is_labelled():
    matrix = LabelMatrix({"room": ["depth"], "street": ["detection"], "sea": ["detection", "normals"]})
    setting = make_setting({"detection": OnlyLoss(None), **TASKS}, matrix)
    term, need = PairTerm("pairs"), Needs(outputs=frozenset(TASKS))
    assert term.needs(setting) == {"room": need, "sea": need}
    assert term.cells(setting) == ["room", "sea"]
    term.prepare(None, setting)
    assert list(term.map_tasks) == list(TASKS)


def test_maps_hold_what_is_there_and_zeros_where_it_is_not():
    term, step = prepared(PairTerm("pairs")), make_step(absent=np.nan)
    predictions, truths, present = term.read_maps(step, "room")
    assert np.array_equal(ops.convert_to_numpy(present), PRESENT)
    for column, task in enumerate(TASKS):
        truth, there = ops.convert_to_numpy(truths[task]), PRESENT[:, column] > 0
        assert predictions[task].shape == truth.shape
        assert truth[there].any(axis=(1, 2, 3)).all() and (truth[there] >= 0).all() and (truth[there] <= 1).all()
        assert task == "segmentation" or not truth[~there].any()


def test_a_task_that_the_domain_lacks_is_absent():
    term, step = prepared(PairTerm("pairs")), make_step()
    del step.targets["room"]["depth"], step.weights["room"]["depth"]
    _, truths, present = term.read_maps(step, "room")
    assert not ops.convert_to_numpy(present)[:, 1].any() and not ops.convert_to_numpy(truths["depth"]).any()


def test_a_domain_without_labels_has_no_pair_whatever_other_terms_ask_of_it():
    """An adversary of outputs runs the heads there too."""
    term, step = prepared(PairTerm("pairs")), make_step()
    term.compute_domain = lambda step, domain: domain
    step.outputs["web"], step.targets["web"], step.weights["web"] = step.outputs["room"], {}, {}
    assert term.compute(step) == {"room": "room"}


def test_two_maps_of_one_size_are_needed():
    term = PairTerm("pairs")
    with pytest.raises(ConfigError, match="got none. Add one to a domain or drop the term"):
        term.needs(make_setting({}))
    with pytest.raises(ConfigError, match=r"\(16, 16\)"):
        term.needs(make_setting({**TASKS, "far": Depth("far", (32, 32), stride=2)}))
    assert term.cells(make_setting()) == ["room"]
    unsettled = SalientObject("object", (32, 32), loss={"name": "cas"})  # its channel is chosen by validation
    with pytest.raises(ConfigError, match="needs two tasks whose predictions are maps; got depth"):
        term.needs(make_setting({"object": unsettled, "depth": TASKS["depth"]}))
