import numpy as np
import pytest

from tests.unit.experiments.small import make_config, make_experiment
from tests.unit.training import tiny
from xdomain_keras.data import Arrays
from xdomain_keras.errors import ConfigError
from xdomain_keras.experiments.build import Experiment
from xdomain_keras.losses import SaliencyLoss
from xdomain_keras.methods import METHODS
from xdomain_keras.terms import MMD, FeatureMatching, Supervised
from xdomain_keras.training.balancing import GradNorm


@pytest.fixture
def scenes():
    """Options of a rendered source."""
    return {"reader": "scenes", "world": "room", "size": [24, 32]}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"method": "multitask"}, "unknown method `multitask`; did you mean `multi_task`?"),
        ({"domains": {"road": {"tasks": ["depht"]}}}, "domains.road.tasks: unknown task `depht`"),
        ({"domains": {"attic": {"evaluate": ["saliencey"]}}}, "unknown task `saliencey`; did you mean `saliency`?"),
        ({"domains": {"road": {"tasks": ["far"]}}, "tasks": {"far": {"type": "salience"}}}, None),
    ],
)
def test_unknown_names_are_named(changes, message):
    if message:
        with pytest.raises(ConfigError) as caught:
            make_experiment(changes)
        assert message in str(caught.value)
    else:
        with pytest.raises(ConfigError, match="tasks.far: unknown type `salience`; did you mean `saliency`"):
            make_experiment(changes).tasks  # noqa: B018


def test_the_matrix_holds_what_is_trained():
    assert make_experiment().matrix.cells == tiny.MATRIX.cells
    experiment = make_experiment({"domains": {"attic": {"train": False}}})
    assert experiment.matrix.domains == ("road",) and list(experiment.tasks) == ["detection"]
    assert experiment.splits("attic") == ("train", "test")


def test_a_domain_is_measured_on_its_own_tasks_or_those_named():
    experiment = make_experiment({"domains": {"attic": {"train": False}}})
    assert experiment.evaluated_tasks("road") == ["detection"]
    assert experiment.evaluated_tasks("attic") == ["detection"]  # saliency is named too, but nobody trains it
    assert make_experiment({"domains": {"attic": {"evaluate": []}}}).evaluated_tasks("attic") == []


def test_a_source_is_read_once_and_shared(scenes):
    changes = {"domains": {"road": {"source": scenes, "splits": {"train": {"count": 2, "seed": 4}}}}}
    sources = {}
    experiment = make_experiment(changes, sources)
    source = experiment.source("road", "train")
    assert len(source) == 2 and source[0]["image"].shape == (24, 32, 3)
    assert experiment.source("road", "train") is source
    assert make_experiment(changes, sources).source("road", "train") is source
    assert set(source[0]) <= {"image", "id", "boxes_xyxy", "classes", "fixations_xy"}  # what no task reads is dropped
    assert not {"depth_meters", "normals"} & set(source[0])
    more = {**changes, "domains": {"road": {**changes["domains"]["road"], "tasks": ["detection", "depth"]}}}
    assert make_experiment(more, sources).source("road", "train") is source
    assert {"boxes_xyxy", "depth_meters"} <= set(source[0])  # another experiment reads more of it


def test_what_cannot_be_read_of_arrays_is_skipped_where_the_config_says_so():
    images = [np.zeros((8, 8, 3), np.uint8), np.zeros((8, 8)), np.zeros((8, 8, 3), np.uint8)]
    for rule, count in (("stop", 3), ("skip", 2)):
        sources = {("road", "train"): Arrays({"image": images, "id": ["a", "b", "c"]})}
        experiment = make_experiment({"loader": {"on_bad": rule}}, sources)
        source = experiment.source("road", "train")
        assert len(source) == count and experiment.source("road", "train") is source
    assert source.ids == ["a", "c"] and [fault.file for fault in source.faults] == ["b"]


def test_a_source_that_there_is_not_is_named():
    experiment = make_experiment(sources={})
    with pytest.raises(ConfigError, match="unknown domain `raod`; did you mean `road`"):
        experiment.source("raod", "train")
    with pytest.raises(ConfigError, match="domains.attic.splits: unknown split `validation`; known are test, train"):
        experiment.source("attic", "validation")
    with pytest.raises(ConfigError, match="domains.road.splits.train: `reader` is missing"):
        experiment.source("road", "train")


def test_tasks_take_their_classes_from_the_data_or_the_config():
    experiment = make_experiment()
    assert experiment.tasks["detection"].class_names == ("box", "disc")
    assert experiment.class_names() == {"detection": ["box", "disc"]}
    named = make_experiment({"tasks": {"detection": {"class_names": ["cat"]}}}, sources={})
    assert named.class_names() == {"detection": ["cat"]}  # no data were read


def test_a_task_may_have_a_name_of_its_own():
    gaze = {"type": "saliency", "sigma": 0.25, "head": {"filters": 4, "decoder_filters": [4]}}
    experiment = make_experiment({"domains": {"attic": {"tasks": ["gaze"], "evaluate": None}}, "tasks": {"gaze": gaze}})
    assert list(experiment.tasks) == ["detection", "gaze"] and experiment.tasks["gaze"].sigma == 0.25
    with pytest.raises(ConfigError, match="tasks.saliency: unknown key `sigam`; did you mean `sigma`"):
        make_experiment({"tasks": {"saliency": {"sigam": 1}}}).tasks  # noqa: B018


def test_the_network_is_drawn_from_the_seed(monkeypatch):
    given = []

    def build(**options):
        given.append(options)
        return tiny.make_backbone()

    monkeypatch.setattr("xdomain_keras.models.build_backbone", build)
    changes = {"model": {"backbone": {"name": "resnet", "depth": 18, "width": 0.25}, "weights": "some.h5"}}
    experiment = make_experiment(changes)
    network = experiment.network
    assert experiment.network is network and set(network.heads) == {"detection", "saliency"}
    assert given == [{"name": "resnet", "depth": 18, "width": 0.25, "input_shape": (32, 32, 3), "weights": "some.h5"}]
    assert tiny.same(tiny.arrays_of(make_experiment(changes).network), tiny.arrays_of(network))
    assert not tiny.same(tiny.arrays_of(make_experiment({**changes, "seed": 1}).network), tiny.arrays_of(network))


def test_terms_are_those_of_the_method_with_the_config_laid_over():
    (supervised,) = make_experiment().terms()
    assert isinstance(supervised, Supervised) and set(supervised.task_losses) == {"detection", "saliency"}
    assert isinstance(supervised.task_losses["saliency"], SaliencyLoss)
    supervised, mmd = make_experiment({"method": "mmd_alignment", "terms": {"mmd": {"weight": 0.5}}}).terms()
    assert isinstance(mmd, MMD) and mmd.weight == 0.5 and mmd.name == "mmd"
    (second,) = make_experiment({"terms": {"supervised": None, "align": {"type": "mmd"}}}).terms()
    assert isinstance(second, MMD) and second.name == "align"
    # One new set a call, since terms hold variables.
    experiment = make_experiment()
    assert experiment.terms()[0] is not experiment.terms()[0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"terms": {"supervised": None}}, "terms: nothing is left to train on"),
        ({"terms": {"align": {"type": "mdm"}}}, "terms.align: unknown type `mdm`; did you mean `mmd`?"),
        ({"terms": {"align": {"type": ["mmd"]}}}, "terms.align: unknown type `['mmd']`; did you mean `mmd`?"),
        ({"terms": {"supervised": {"weights": 3}}}, "terms.supervised: `weights` is 3; expected a mapping"),
        (
            {"terms": {"supervised": {"weights": {3: 3}}}},
            "terms.supervised: `weights.3` is 3; input should be",
        ),
        ({"terms": {"mmd": {"wieght": 1}}}, "terms.mmd: unknown key `wieght`; did you mean `weight`?"),
        (
            {"terms": {"supervised": {"weights": {"saliency@atic": 2.0}}}},
            "terms.supervised.weights.saliency@atic: unknown domain `atic`; did you mean `attic`?",
        ),
    ],
)
def test_terms_that_cannot_be_are_named(changes, message):
    with pytest.raises(ConfigError) as caught:
        make_experiment(changes).terms()
    assert message in str(caught.value)


def test_options_of_the_method_are_laid_under_what_they_are_of_alone():
    """MMD's kernel is no option of another term, and SGD's momentum and weight decay are none of Adam."""
    own = {"type": "feature_matching", "source": "c3", "target": "c4"}
    optimizer = {"name": "adam", "clip_norm": 1.0}
    experiment = make_experiment({"method": "mmd_alignment", "terms": {"mmd": own}, "optimizer": optimizer})
    assert experiment.term_options()["mmd"] == own
    assert isinstance(experiment.terms()[1], FeatureMatching)
    assert experiment.stages()[0].optimizer == optimizer
    (stage,) = make_experiment({"method": "mmd_alignment", "optimizer": {"clip_norm": 1.0}}).stages()
    assert stage.optimizer == {**METHODS["mmd_alignment"]()["optimizer"], "clip_norm": 1.0}


def test_weights_of_what_is_not_trained_are_left_out():
    """So that a single-task config can be laid over the one of both tasks."""
    weights = {"saliency": 3.0, "saliency@attic": 2.0, "detection@road": 5.0}
    changes = {"domains": {"attic": {"train": False}}, "terms": {"supervised": {"weights": weights}}}
    (term,) = make_experiment(changes).terms()
    assert term.task_weights == {"detection@road": 5.0}


def test_stages_inherit_the_optimizer():
    first, second = make_experiment(
        {
            "optimizer": {"learning_rate": 0.5, "name": "sgd"},
            "stages": [
                {"name": "a", "epochs": 3},
                {"name": "b", "domains": ["road"], "trainable": ["detection"], "optimizer": {"learning_rate": 0.1}},
            ],
        }
    ).stages()
    assert (first.name, first.epochs, first.optimizer) == ("a", 3, {"name": "sgd", "learning_rate": 0.5})
    assert second.optimizer == {"name": "sgd", "learning_rate": 0.1}
    assert (second.domains, second.trainable, second.epochs) == (["road"], ["detection"], 1)


def test_the_mixture_batches_each_domain_as_its_row_says():
    changes = {"domains": {"road": {"augment": {"noise": 0.2}}}, "steps_per_epoch": 7}
    plain, noisy = (make_experiment(change).mixture(["road", "attic"]) for change in ({}, changes))
    assert (plain.steps_per_epoch, noisy.steps_per_epoch) == (3, 7)
    images, targets, _ = plain.batch(0)
    assert images["road"].shape == (2, 32, 32, 3) and images["attic"].shape == (3, 32, 32, 3)
    assert {domain: set(cells) for domain, cells in targets.items()} == {"road": {"detection"}, "attic": {"saliency"}}
    other = noisy.batch(0)[0]
    assert not np.array_equal(other["road"], images["road"]) and np.array_equal(other["attic"], images["attic"])
    with pytest.raises(ConfigError, match="domains.road.augment: unknown key `nosie`; did you mean `noise`"):
        make_experiment({"domains": {"road": {"augment": {"nosie": 1}}}}).mixture(["road"])


def test_the_cache_is_shared_by_the_domains(scenes):
    changes = {
        "domains": {"road": {"source": scenes, "splits": {"train": {"count": 2}}}},
        "loader": {"cache_gigabytes": 1.0},
    }
    assert make_experiment(changes, {}).source("road", "train").max_bytes == 2**29
    assert Experiment(make_config()).sources == {}


def test_the_balancer_is_that_of_the_config():
    assert make_experiment().balancer() is None
    balancer = make_experiment({"balancing": {"name": "gradnorm", "alpha": 0.5}}).balancer()
    assert isinstance(balancer, GradNorm) and (balancer.num_tasks, balancer.alpha) == (2, 0.5)
    drawn = [make_experiment({"seed": seed, "balancing": {"name": "random"}}).balancer() for seed in (0, 1)]
    states = [tiny.arrays_of(each)[0] for each in drawn]
    assert not np.array_equal(*states)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "gradnrom"}, "balancing: unknown name `gradnrom`; did you mean `gradnorm`?"),
        ({"name": "gradnorm", "alpah": 1}, "balancing: unknown key `alpah`; did you mean `alpha`?"),
        ({"name": "cagrad", "rescale": "twice"}, "balancing: `rescale` is 'twice'"),
        ({"alpha": 1}, "balancing: `name` is missing"),
    ],
)
def test_a_balancer_that_cannot_be_is_named(options, message):
    with pytest.raises(ConfigError) as caught:
        make_experiment({"balancing": options}).balancer()
    assert message in str(caught.value)


def test_a_network_for_one_task_can_have_the_labels_that_it_would_have_among_others():
    """The images that a draw among two tasks gives to the one; the others are left out where asked."""
    among = {"labels": {"regime": "one", "tasks": ["detection", "saliency"]}}
    experiment = make_experiment({"domains": {"road": among}})
    table, ids = experiment.availability("road"), experiment.source("road", "train").ids
    labelled = [image for image in ids if table.has(image, "detection")]
    assert abs(2 * len(labelled) - len(ids)) <= 1
    assert len(experiment.domain("road").rows) == len(ids)
    among["labels"]["drop_unlabelled"] = True
    dropped = make_experiment({"domains": {"road": among}})
    assert len(dropped.domain("road").rows) == len(labelled)
    among["labels"]["tasks"] = ["detecton"]
    with pytest.raises(ConfigError, match="domains.road.labels.tasks: unknown task `detecton`; did you mean"):
        make_experiment({"domains": {"road": among}}).availability("road")


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ({"regime": "one", "file": "l.json"}, "`file` says who is labelled; set `regime` to null beside it"),
        ({"tasks": 5}, r"tasks is 5; expected a list of names"),
        ({"tasks": "detection"}, "tasks is 'detection'; expected a list of names"),
        ({"tasks": [["detection"]]}, r"tasks is \[\['detection'\]\]; expected a list of names"),
        ({"file": 5}, "`file` is 5; input should be a valid string"),
        ({"file": "l.json", "drop": True}, "unknown key `drop`; known are drop_unlabelled, file."),
    ],
)
def test_labels_that_say_two_things_or_none(labels, message):
    with pytest.raises(ConfigError, match=f"domains.road.labels.*{message}"):
        make_experiment({"domains": {"road": {"labels": labels}}}).availability("road")


def test_terms_over_tasks_are_given_the_tasks(scenes):
    """`xdomain train pair_mapping/…` in small: the terms of the method, over the config's dense tasks."""
    room = {"source": scenes, "splits": {"train": {"count": 2}}, "tasks": ["depth", "normals"]}
    config = {"method": "pair_mapping", "domains": {"road": None, "attic": None, "room": room}}
    experiment = make_experiment(config)
    supervised, pairs = experiment.terms()
    assert supervised.label_reduction == "image" and list(pairs.dense_tasks) == ["depth", "normals"]
