import pytest

from tests.unit.experiments.small import make_config
from tests.unit.training import tiny
from xdomain_keras.errors import ConfigError
from xdomain_keras.experiments.cells import (
    domains_with,
    measured_cells,
    measured_tasks,
    named_tasks,
    taps_of,
    trained_matrix,
)
from xdomain_keras.label_matrix import Cell

ROAD_ALONE = {"domains": {"attic": {"train": False}}}


def test_the_matrix_holds_what_is_trained():
    assert trained_matrix(make_config()).cells == tiny.MATRIX.cells
    config = make_config(ROAD_ALONE)
    assert trained_matrix(config).domains == ("road",) and trained_matrix(config).tasks == ("detection",)
    assert domains_with(config, "train") == ["road", "attic"] and domains_with(config, "validation") == ["road"]


def test_nothing_that_is_trained_is_an_error():
    nowhere = {"domains": {"road": {"train": False}, "attic": {"train": False}}}
    with pytest.raises(ConfigError, match="domains: none is trained; leave `train: false` out for one at least"):
        trained_matrix(make_config(nowhere))


def test_a_domain_is_measured_on_its_own_tasks_or_those_named():
    config = make_config(ROAD_ALONE)
    assert measured_tasks(config, "road") == ["detection"]
    assert measured_tasks(config, "attic") == ["detection"]  # saliency is named too, but nobody trains it
    assert named_tasks(config, "attic") == ["saliency", "detection"]
    assert measured_tasks(make_config({"domains": {"attic": {"evaluate": []}}}), "attic") == []


def test_cells_are_measured_where_there_is_the_split():
    config = make_config()
    assert measured_cells(config, "validation") == [Cell("detection", "road")]
    road, attic = Cell("detection", "road"), [Cell("saliency", "attic"), Cell("detection", "attic")]
    assert measured_cells(config, "test") == [road, *attic] and measured_cells(config, "tset") == []


def test_taps_are_of_a_domain_and_of_trained_tasks():
    config = make_config({"domains": {"attic": {"taps": {"detection": "c3"}}}})
    assert taps_of(config, "attic") == {"detection": "c3"} and taps_of(config, "road") == taps_of(config, None) == {}
    with pytest.raises(ConfigError, match="unknown domain `atic`; did you mean `attic`"):
        taps_of(config, "atic")
    with pytest.raises(ConfigError, match="domains.attic.taps: unknown task `detecton`; did you mean `detection`"):
        taps_of(make_config({"domains": {"attic": {"taps": {"detecton": "c3"}}}}), "attic")
