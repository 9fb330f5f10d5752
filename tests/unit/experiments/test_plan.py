import numpy as np
import pytest

from tests.unit.experiments.small import PARTS, make_config, make_model
from tests.unit.training import tiny
from xdomain_keras.errors import ConfigError
from xdomain_keras.experiments.cells import trained_matrix
from xdomain_keras.experiments.plan import build_balancer, build_plan, build_stages, supervised_weights, term_options
from xdomain_keras.losses import SaliencyLoss
from xdomain_keras.methods import METHODS
from xdomain_keras.terms import MMD, FeatureMatching, Supervised
from xdomain_keras.training.balancing import GradNorm
from xdomain_keras.training.trainer import setting_of


def make_terms(changes=None):
    return build_plan(make_config(changes), PARTS, 2).terms


def make_balancer(changes):
    return build_balancer(make_config(changes), PARTS, 2)


def prepared(term, model):
    """A term after what the network shows it."""
    term.prepare(model.network, setting_of(model.network, trained_matrix(model.config), model.tasks))
    return term


def test_terms_are_those_of_the_method_with_the_config_laid_over():
    (supervised,) = make_terms()
    assert isinstance(prepared(supervised, make_model()), Supervised)
    assert set(supervised.task_losses) == {"detection", "saliency"}
    assert isinstance(supervised.task_losses["saliency"], SaliencyLoss)
    supervised, mmd = make_terms({"method": "mmd_alignment", "terms": {"mmd": {"weight": 0.5}}})
    assert isinstance(mmd, MMD) and mmd.weight == 0.5 and mmd.name == "mmd"
    (second,) = make_terms({"terms": {"supervised": None, "align": {"type": "mmd"}}})
    assert isinstance(second, MMD) and second.name == "align"
    # One new set a call, since terms hold variables.
    assert make_terms()[0] is not make_terms()[0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"terms": {"supervised": None}}, "terms: nothing is left to train on"),
        ({"terms": {"align": {"type": "mdm"}}}, "terms.align: unknown type `mdm`; did you mean `mmd`?"),
        ({"terms": {"align": {"type": ["mmd"]}}}, "terms.align: unknown type `['mmd']`; did you mean `mmd`?"),
        ({"terms": {"mmd": {"wieght": 1}}}, "terms.mmd: unknown key `wieght`; did you mean `weight`?"),
        ({"terms": {"supervised": {"weights": 3}}}, "terms.supervised: `weights` is 3; expected a mapping"),
        ({"terms": {"supervised": {"weights": {5: 1}}}}, "terms.supervised: `weights.5"),
        (
            {"terms": {"supervised": {"weights": {"saliency@atic": 2.0}}}},
            "terms.supervised.weights.saliency@atic: unknown domain `atic`; did you mean `attic`?",
        ),
    ],
)
def test_terms_that_cannot_be_are_named(changes, message):
    with pytest.raises(ConfigError) as caught:
        make_terms(changes)
    assert message in str(caught.value)


def test_options_of_the_method_are_laid_under_what_they_are_of_alone():
    """MMD's kernel is not an option of another term, and SGD's momentum and weight decay are none of Adam."""
    own = {"type": "feature_matching", "source": "c3", "target": "c4"}
    optimizer = {"name": "adam", "clip_norm": 1.0}
    config = make_config({"method": "mmd_alignment", "terms": {"mmd": own}, "optimizer": optimizer})
    assert term_options(config, PARTS)["mmd"] == own
    plan = build_plan(config, PARTS, 2)
    assert isinstance(plan.terms[1], FeatureMatching) and plan.stages[0].optimizer == optimizer
    (stage,) = build_stages(make_config({"method": "mmd_alignment", "optimizer": {"clip_norm": 1.0}}), PARTS)
    assert stage.optimizer == {**METHODS["mmd_alignment"]()["optimizer"], "clip_norm": 1.0}


def test_weights_of_what_is_not_trained_are_left_out():
    """So that a single-task config can be laid over the one of both tasks."""
    weights = {"saliency": 3.0, "saliency@attic": 2.0, "detection@road": 5.0}
    changes = {"domains": {"attic": {"train": False}}, "terms": {"supervised": {"weights": weights}}}
    (term,) = make_terms(changes)
    assert term.task_weights == supervised_weights(make_config(changes), PARTS) == {"detection@road": 5.0}
    assert supervised_weights(make_config({"terms": {"supervised": None, "mmd": {}}}), PARTS) == {}


def test_stages_inherit_the_optimizer():
    config = make_config(
        {
            "optimizer": {"learning_rate": 0.5, "name": "sgd"},
            "stages": [
                {"name": "a", "epochs": 3},
                {"name": "b", "domains": ["road"], "trainable": ["detection"], "optimizer": {"learning_rate": 0.1}},
            ],
        }
    )
    first, second = build_stages(config, PARTS)
    assert (first.name, first.epochs, first.optimizer) == ("a", 3, {"name": "sgd", "learning_rate": 0.5})
    assert second.optimizer == {"name": "sgd", "learning_rate": 0.1}
    assert (second.domains, second.trainable, second.epochs) == (["road"], ["detection"], 1)


def test_the_balancer_is_that_of_the_config():
    assert make_balancer({}) is None
    balancer = make_balancer({"balancing": {"name": "gradnorm", "alpha": 0.5}})
    assert isinstance(balancer, GradNorm) and (balancer.num_tasks, balancer.alpha) == (2, 0.5)
    drawn = [make_balancer({"seed": seed, "balancing": {"name": "random"}}) for seed in (0, 1)]
    states = [tiny.arrays_of(each)[0] for each in drawn]
    assert not np.array_equal(*states)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "gradnrom"}, "balancing: unknown name `gradnrom`; did you mean `gradnorm`?"),
        ({"name": "gradnorm", "alpah": 1}, "balancing: unknown key `alpah`; did you mean `alpha`?"),
        ({"name": "cagrad", "rescale": "twice"}, "balancing: `rescale` is 'twice'"),
        ({"name": ["gradnorm"]}, "balancing: unknown name `['gradnorm']`; did you mean `gradnorm`?"),
        ({"alpha": 1}, "balancing: `name` is missing"),
    ],
)
def test_a_balancer_that_cannot_be_is_named(options, message):
    with pytest.raises(ConfigError) as caught:
        make_balancer({"balancing": options})
    assert message in str(caught.value)


def test_terms_over_maps_take_those_of_the_config():
    """`xdomain train pair_mapping/…` in small: the terms of the method, over the config's dense tasks."""
    scenes = {"reader": "scenes", "world": "room", "size": [24, 32]}
    room = {"source": scenes, "splits": {"train": {"count": 2}}, "tasks": ["depth", "normals"]}
    changes = {"method": "pair_mapping", "domains": {"road": None, "attic": None, "room": room}}
    supervised, pairs = make_terms(changes)
    assert supervised.label_reduction == "image"
    assert list(prepared(pairs, make_model(changes, {})).map_tasks) == ["depth", "normals"]


def test_a_plan_holds_what_its_method_demands():
    plan = build_plan(make_config(), PARTS, 2)
    assert plan.check is None and plan.matrix == trained_matrix(make_config()) and plan.balancer is None
    assert build_plan(make_config({"method": "head_freeze"}), PARTS, 2).check is METHODS["head_freeze"]()["check"]
