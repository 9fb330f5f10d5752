import re
import sys
import types

import pytest

from tests.unit.experiments.small import PARTS, make_config, make_experiment, make_sources
from tests.unit.training import tiny
from xdomain_keras.config import load_config
from xdomain_keras.data import DataFault
from xdomain_keras.errors import ConfigError, DataError
from xdomain_keras.experiments.validate import (
    build_experiment,
    check_choices,
    check_mixture,
    check_names_of_tasks,
    check_patience,
    check_splits,
    prepare,
)
from xdomain_keras.packaged_configs import find_config, packaged_configs

LAST = ["detection", "saliency"]


def with_fault(*places):
    """Sources in memory, with a fault in each of some splits of `road`."""
    sources = make_sources()
    for split in places:
        sources["road", split].faults.append(DataFault(f"{split}.png", "", "cut off.").fault)
    return sources


def test_a_sound_config_becomes_an_experiment():
    sources = make_sources()
    experiment = make_experiment(sources=sources)
    assert experiment.config == make_config() and experiment.parts is PARTS and experiment.data.sources is sources
    assert set(experiment.model.network.heads) == set(experiment.facts.tasks) == {"detection", "saliency"}
    assert experiment.facts.baselines == {}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"method": "multitask"}, "unknown method `multitask`; did you mean `multi_task`?"),
        ({"domains": {"road": {"tasks": ["depht"]}}}, "domains.road.tasks: unknown task `depht`; did you mean"),
        ({"domains": {"attic": {"evaluate": ["saliencey"]}}}, "unknown task `saliencey`; did you mean `saliency`?"),
        (
            {"domains": {"road": {"tasks": ["far"]}}, "tasks": {"far": {"type": "salience"}}},
            "tasks.far: unknown type `salience`; did you mean `saliency`?",
        ),
        ({"tasks": {"saliency": {"type": ["saliency"]}}}, "tasks.saliency: unknown type `['saliency']`"),
        ({"terms": {"mmd": {"feature": "c9"}}}, "terms.mmd: unknown feature `c9`"),
        ({"evaluation": {"features": "c44"}}, "evaluation.features: unknown feature `c44`; did you mean `c4`?"),
        ({"evaluation": {"label_free": True}}, "evaluation.label_free: no domain with a `validation` split"),
        ({"stages": [{"name": "a", "frozen": ["detection"]}]}, "stage `a` freezes `detection`, which no stage before"),
        ({"stages": [{"name": "a", "trainable": ["detecton"]}]}, "stage `a`: "),
        ({"stages": [{"name": "a", "terms": ["mmd"]}]}, "stage `a`: unknown term `mmd`; known are supervised."),
        ({"method": "head_freeze", "stages": [{}, {"frozen": LAST}]}, "no task is labelled in all of its domains"),
    ],
)
def test_what_cannot_be_run_is_named(changes, message):
    with pytest.raises(ConfigError) as caught:
        make_experiment(changes)
    assert message in str(caught.value)


def test_a_head_may_be_frozen_once_it_is_trained_or_begins_with_weights():
    frozen = {"name": "b", "frozen": ["detection"]}
    make_experiment({"stages": [{"name": "a"}, frozen]})
    make_experiment({"stages": [frozen], "model": {"start_from": "some/run"}})
    for before in ({"domains": ["attic"]}, {"epochs": 0}, {"trainable": ["backbone"]}, {"tasks": ["saliency"]}):
        with pytest.raises(ConfigError, match="stage `b` freezes `detection`, which no stage before it trains"):
            make_experiment({"stages": [{"name": "a", **before}, frozen]})


def test_patience_needs_validation():
    for changes in ({"domains": {"road": {"splits": {"validation": None}}}}, {"evaluation": {"every_epochs": 0}}):
        with pytest.raises(ConfigError, match="stages.0.patience is 3, and nothing that it trains is validated"):
            check_patience(make_config({**changes, "stages": [{"patience": 3}]}))
    elsewhere = {"stages": [{"patience": 3, "domains": ["attic"]}]}
    with pytest.raises(ConfigError, match="stages.0.patience is 3, and nothing that it trains is validated"):
        make_experiment(elsewhere)
    check_patience(make_config({**elsewhere, "evaluation": {"monitor": "detection@road/AP50"}}))
    check_patience(make_config({"stages": [{"patience": 3}]}))


@pytest.mark.parametrize(
    ("monitor", "splits", "message"),
    [
        (
            "detection@road/Ap50",
            {},
            "unknown figure of validation `detection@road/Ap50`; did you mean `detection@road/AP50`?",
        ),
        ("saliency@road/CC", {}, "unknown figure of validation `saliency@road/CC`; "),
        ("detection@road/AP", {"validation": None}, "is not measured; give a domain a `validation` split."),
    ],
)
def test_a_monitor_that_is_not_measured_is_found_before_training(monitor, splits, message):
    changes = {"evaluation": {"monitor": monitor}, "domains": {"road": {"splits": splits}}}
    with pytest.raises(ConfigError, match="evaluation.monitor") as caught:
        make_experiment(changes)
    assert message in str(caught.value)


def test_a_monitor_needs_labels_to_be_measured():
    """Named, and never a number: `patience` would wait for ever, and the best would be the last."""
    changes = {"evaluation": {"monitor": "saliency@road/CC"}, "domains": {"road": {"evaluate": ["saliency"]}}}
    sources = make_sources()
    make_experiment(changes, sources)
    sources["road", "validation"].labels.pop("fixations")
    with pytest.raises(ConfigError, match="evaluation.monitor: `saliency@road/CC` is not measured"):
        make_experiment(changes, sources)


def test_a_monitor_of_a_class_that_is_not_annotated_is_found_before_training():
    changes = {
        "evaluation": {"monitor": "detection@road/AP50[disc]"},
        "domains": {"road": {"splits": {"validation": {"annotates": {"detection": ["box"]}}}}},
    }
    with pytest.raises(ConfigError, match="is never measured: disc is not annotated in detection@road"):
        make_experiment(changes)
    changes["evaluation"]["monitor"] = "detection@road/AP50[box]"
    make_experiment(changes)


def test_a_monitor_that_is_measured_passes():
    make_experiment({"evaluation": {"monitor": "detection@road/AP"}})


def test_a_task_that_must_choose_needs_a_validation_split():
    model = types.SimpleNamespace(tasks={"detection": types.SimpleNamespace(needs_validation=True)})
    check_choices(make_config(), model)
    without = make_config({"domains": {"road": {"splits": {"validation": None}}}})
    with pytest.raises(ConfigError, match="tasks.detection: its loss does not say which channel is the object; give a"):
        check_choices(without, model)
    model.tasks["detection"].needs_validation = False
    check_choices(without, model)


def test_all_faults_are_told_before_the_first_is_raised():
    told = []
    with pytest.raises(DataError, match="^train.png: cut off. \\(1 more; `xdomain check` lists all\\)$"):
        prepare(make_config(), PARTS, with_fault("train", "test"), tell=told.append)
    assert [[placed.fault.file for placed in faults] for faults in told] == [["train.png", "test.png"]]


def test_an_error_of_the_config_goes_before_a_fault_of_the_data(tmp_path):
    wrong = {"model": {"start_from": str(tmp_path / "none")}}
    with pytest.raises(ConfigError, match="model.start_from: there is no"):
        prepare(make_config(wrong), PARTS, with_fault("train"))


def test_what_is_skipped_is_returned():
    config = make_config({"loader": {"on_bad": "skip"}})
    experiment, skipped, notes = prepare(config, PARTS, with_fault("test"))
    assert [placed.split for placed in skipped] == ["test"] and notes == [] and experiment.config is config


def test_a_network_begins_with_the_weights_of_another_unless_it_goes_on(finished):
    changes = {"model": {"start_from": str(finished.run.path)}, "tasks": {"saliency": {"head": {"filters": 5}}}}
    begun, _, notes = prepare(make_config(changes), PARTS, make_sources())
    assert re.fullmatch(r"3 layers are not as in .* and begin anew: saliency_.*, saliency_.*, saliency_\w*", *notes)
    fresh, _, nothing = prepare(make_config(changes), PARTS, make_sources(), going_on=True)
    assert nothing == []
    assert not tiny.same(*(tiny.arrays_of(each.model.network) for each in (begun, fresh)))


def test_images_are_decoded_where_asked_for(monkeypatch):
    asked = []
    monkeypatch.setattr(
        "xdomain_keras.experiments.validate.find_faults", lambda config, data, tasks, decode: asked.append(decode) or []
    )
    for decode in (True, False):
        prepare(make_config(), PARTS, make_sources(), decode=decode)
    assert asked == [True, False]


def test_tf_data_needs_tensorflow(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(ConfigError, match=r"loader.kind: tf_data needs tensorflow.*'xdomain-keras\[tensorflow\]'"):
        build_experiment(make_config({"loader": {"kind": "tf_data"}}), PARTS)


@pytest.mark.parametrize("name", packaged_configs())
def test_packaged_configs_can_be_begun_with(name):
    """Also those whose data are the user's own, as `forkme`: what is said before data are read lets them pass."""
    config = load_config(find_config(name))
    check_names_of_tasks(config, PARTS)
    check_splits(config)
    check_mixture(config)
