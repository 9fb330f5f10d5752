import types

import pytest

from tests.unit.experiments.small import PARTS, make_config, make_data, make_experiment, make_model, make_sources
from xdomain_keras.errors import ConfigError
from xdomain_keras.evaluation.profile import count_parameters
from xdomain_keras.experiments.cells import measured_cells, trained_matrix
from xdomain_keras.experiments.experiment import Experiment
from xdomain_keras.experiments.joint_or_single import (
    HEADER,
    compare_costs,
    compare_scores,
    read_beside,
    training_seconds,
)
from xdomain_keras.experiments.run_folder import RunFolder
from xdomain_keras.experiments.singles import single_configs
from xdomain_keras.experiments.validate import build_experiment
from xdomain_keras.label_matrix import LabelMatrix
from xdomain_keras.tasks import Detection

CHANGES = {
    "method": "mmd_alignment",
    "steps_per_epoch": "largest",
    "stages": [
        {"name": "both", "epochs": 1, "frozen": ["backbone_c3", "saliency_aspp"]},
        {"name": "heads", "epochs": 1, "domains": ["attic"], "trainable": ["saliency"], "terms": ["supervised"]},
        {"name": "boxes", "epochs": 1, "tasks": ["detection"], "trainable": ["detection", "backbone"]},
    ],
    "optimizer": {"factors": {"backbone": 0.1, "mmd": 2, "saliency": 3, "detection_boxes": 4}},
    "terms": {"supervised": {"weights": {"detection": 2.0, "saliency@attic": 3.0}}, "mmd": {"kernel": "linear"}},
    "balancing": {"name": "gradnorm"},
    "evaluation": {"monitor": "detection@road/AP", "features": "pooled"},
}


@pytest.fixture(scope="module")
def configs():
    """Of an experiment that need not be sound: stages freeze what nothing has trained."""
    data = make_data(CHANGES)
    experiment = Experiment(data.config, PARTS, data, None, make_model(CHANGES))
    return single_configs(experiment)


def test_each_data_set_is_trained_alone_and_measured_where_the_joint_network_is(configs):
    assert [trained_matrix(config) for config in configs.values()] == [
        LabelMatrix({"road": ["detection"]}),
        LabelMatrix({"attic": ["saliency"]}),
    ]
    assert {d: [str(cell) for cell in measured_cells(config, "test")] for d, config in configs.items()} == {
        "road": ["detection@road", "detection@attic"],
        "attic": ["saliency@attic"],
    }


def test_they_see_as_many_of_its_images(configs):
    """Six images, two of road and three of attic in a batch: three steps."""
    assert [config.steps_per_epoch for config in configs.values()] == [3, 3]
    assert [configs[domain].domains[domain].batch_size for domain in configs] == [2, 3]
    assert {config.seed for config in configs.values()} == {0}
    assert [config.name for config in configs.values()] == ["small_road", "small_attic"]


def test_what_is_of_others_is_left_out(configs):
    road, attic = configs.values()
    assert [stage.name for stage in road.stages] == ["both", "boxes"]
    assert [stage.name for stage in attic.stages] == ["both", "heads"]
    assert [stage.frozen for stage in (road.stages[0], attic.stages[0])] == [
        ["backbone_c3"],
        ["backbone_c3", "saliency_aspp"],
    ]
    assert road.stages[1].trainable == ["detection", "backbone"] and attic.stages[1].terms == ["supervised"]
    assert road.terms["mmd"] is None and attic.terms["mmd"] is None
    assert road.terms["supervised"]["weights"] == {"detection": 2.0}
    assert attic.terms["supervised"]["weights"] == {"detection": 2.0, "saliency@attic": 3.0}
    assert [set(config.optimizer["factors"]) for config in (road, attic)] == [
        {"backbone", "detection_boxes"},
        {"backbone", "saliency"},
    ]
    assert road.optimizer["name"] == "sgd"  # the method's, whose terms are gone
    assert [config.balancing for config in (road, attic)] == [{}, {}]
    assert [config.evaluation.monitor for config in (road, attic)] == ["detection@road/AP", None]
    assert {config.evaluation.features for config in (road, attic)} == {None}


def test_they_can_be_built():
    experiment = make_experiment({"terms": {"mmd": {"type": "mmd"}}, "optimizer": {"factors": {"mmd": 2}}})
    for config in single_configs(experiment).values():
        sources = {key: value for key, value in make_sources().items() if key[0] in config.domains}
        assert len(build_experiment(config, PARTS, sources).model.tasks) == 1


def test_streams_of_other_tasks_are_left_out():
    model = make_config().model.model_copy(update={"backbone": {"name": "mtan", "tasks": ["detection", "saliency"]}})
    experiment = make_experiment()
    experiment.config = experiment.config.model_copy(update={"model": model})
    backbones = [config.model.backbone["tasks"] for config in single_configs(experiment).values()]
    assert backbones == [["detection"], ["saliency"]]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"domains": {"road": {"train": False}}}, "only `attic` is trained; a comparison takes two data sets or more"),
        ({"domains": {"attic": {"tasks": []}}}, "`attic` trains no task of its own; leave the singles out"),
    ],
)
def test_what_cannot_be_compared(changes, message):
    experiment = Experiment(make_config(changes), PARTS, None, None, types.SimpleNamespace(tasks={}))
    with pytest.raises(ConfigError, match=message):
        single_configs(experiment)


def config_of(rows):
    domains = {name: types.SimpleNamespace(tasks=tasks, train=True) for name, tasks in rows.items()}
    return types.SimpleNamespace(domains=domains)


def test_scores_are_compared_with_the_network_of_their_own_data_set():
    """Of an error the lower is better; a task that is measured elsewhere is that of the first set that trains it."""
    config = config_of({"a": ["boxes"], "b": ["normals", "boxes"]})
    main, error = Detection.main_metric, "angle"
    kinds = {"boxes": Detection, "normals": types.SimpleNamespace(main_metric=error, errors=(error,))}
    joint = {
        "boxes@a": {main: 0.5, f"{main}[cat]": 0.9, "other": None},
        "boxes@b": {main: 0.6},
        "normals@a": {error: 0.1},
        "normals@b": {error: 0.3},
    }
    singles = {
        "a": {"boxes@a": {main: 0.4}, "boxes@b": {main: 9}},
        "b": {"boxes@b": {main: 0.8}, "normals@a": {error: 0.2}},
    }
    rows, gain = compare_scores(config, kinds, joint, singles)
    assert [row[:3] for row in rows] == [
        [f"boxes@a {main}", 0.5, 0.4],
        [f"boxes@b {main}", 0.6, 0.8],
        [f"normals@a {error}", 0.1, 0.2],
    ]
    assert [row[3] for row in rows] == pytest.approx([0.1, -0.2, -0.1])
    assert gain == pytest.approx((25 - 25 + 50) / 3)


def test_costs_are_those_of_all_single_networks_together(monkeypatch):
    monkeypatch.setattr(
        "xdomain_keras.experiments.joint_or_single.compare_speed", lambda models: {"joint": 30.0, "singles": 20.0}
    )
    experiment = make_experiment()
    alone = {task: make_model({"domains": changes}) for task, changes in {
        "road": {"attic": {"train": False}}, "attic": {"road": {"train": False}}}.items()}  # fmt: skip
    run = types.SimpleNamespace(log=lambda: [{"seconds": 3.0}, {"seconds": 1.5}, {}])
    singles = {domain: (types.SimpleNamespace(model=model), run) for domain, model in alone.items()}
    rows = {row[0]: row[1:] for row in compare_costs((experiment, run), singles, training_seconds)}
    assert list(rows) == ["parameters", "multiply-adds", "images/s", "seconds of training"]
    assert rows["images/s"] == [30.0, 20.0, "+50 %"] and rows["seconds of training"] == [4.5, 9.0, "-50 %"]
    counted = [count_parameters(model.network) for model in (experiment.model, *alone.values())]
    assert rows["parameters"][:2] == [counted[0], sum(counted[1:])] and counted[0] < sum(counted[1:])


def test_a_report_that_is_made_anew_keeps_the_comparison(tmp_path):
    run = RunFolder(tmp_path)
    rows = [["boxes AP", 0.5, 0.4, 0.1]]
    kept = [dict(zip(HEADER, row, strict=True)) for row in rows]
    run.write_json(run.singles_file, {"rows": kept, "said": "One is enough."})
    assert read_beside(run) == ({"One network, or one a data set": (HEADER, rows)}, ["One is enough."])
    run.singles_file.unlink()
    assert read_beside(run) == ({}, [])
