import numpy as np
import pytest

from xdomain_keras.config import load_config
from xdomain_keras.errors import ConfigError
from xdomain_keras.experiments.plan import build_plan
from xdomain_keras.experiments.validate import build_experiment
from xdomain_keras.methods import head_freeze
from xdomain_keras.packaged_configs import packaged_configs
from xdomain_keras.parts import load_parts
from xdomain_keras.terms import Step, Supervised
from xdomain_keras.training.trainer import setting_of

SMALL = [
    "model.backbone={name: feature_pyramid, encoder: {name: resnet18, width: 0.0625}, channels: 8}",
    "image_size=[32, 32]",
]
WALLS = np.tile(np.float32([0, 0, -1]), (2, 16, 16, 1))


def build(overrides=()):
    """The rendered experiment of paper 004, small."""
    return build_experiment(load_config(packaged_configs()["head_freeze/scenes"], [*SMALL, *overrides]), load_parts())


@pytest.fixture(scope="module")
def scenes():
    """(Its model, its plan)."""
    experiment = build()
    model = experiment.model
    return model, build_plan(experiment.config, experiment.parts, len(model.tasks))


def test_who_changes_the_options_changes_his_own():
    head_freeze()["terms"]["supervised"]["weights"] = {"normals": 2.0}
    assert head_freeze()["terms"] == {"supervised": {}}


def test_the_loss_is_equation_6(scenes):
    """`L_Sm + λ L_Sa + λ L_Ta`: and what the target has no labels of is not in it."""
    model, plan = scenes
    (term,), setting = plan.terms, setting_of(model.network, plan.matrix, model.tasks)
    assert isinstance(term, Supervised)
    assert sorted(map(str, term.cells(setting))) == [
        "normals@synthetic",
        "segmentation@photo",
        "segmentation@synthetic",
    ]
    term.prepare(model.network, setting)
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(2, 16, 16, 16)).astype("float32")
    targets = rng.integers(0, 16, (2, 16, 16, 1)).astype("float32")
    across = np.tile(np.float32([3, 0, 0]), (2, 16, 16, 1))  # at right angles: a loss of 1
    ones = np.ones(2, "float32")
    step = Step(
        images={},
        targets={"synthetic": {"normals": WALLS, "segmentation": targets}, "photo": {"segmentation": targets}},
        weights={"synthetic": {"normals": ones, "segmentation": ones}, "photo": {"segmentation": ones}},
        outputs={"synthetic": {"normals": across, "segmentation": logits}, "photo": {"segmentation": 2 * logits}},
        features={},
    )
    values = {str(cell): float(value) for cell, (value, _) in term.compute(step).items()}

    def entropy(scores):
        logs = scores - np.log(np.exp(scores).sum(-1, keepdims=True))
        return -np.take_along_axis(logs, targets.astype(int), -1).mean()

    expected = {
        "normals@synthetic": 1.0,
        "segmentation@synthetic": 0.3 * entropy(logits),
        "segmentation@photo": 0.3 * entropy(2 * logits),
    }
    assert values == pytest.approx(expected, rel=1e-4)


def test_the_second_stage_holds_what_comes_after_the_second_step_up(scenes):
    model, plan = scenes
    (first, second), network = plan.stages, model.network
    first.freeze(network)
    assert len(network.trainable_variables) == len({id(v) for v in network.trainable_variables})
    everything = {variable.path for variable in network.trainable_variables}
    second.freeze(network)
    held = everything - {variable.path for variable in network.trainable_variables}
    assert {path.split("/")[0] for path in held} == {
        "backbone_up3_skip",
        "backbone_up3_conv",
        "normals_deconv",
        "segmentation_deconv",
    }
    first.freeze(network)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            ["stages.1.frozen=[backbone_up4]"],
            "part 'backbone_up4' has no layers with weights; did you mean `backbone_up",
        ),
        (["stages.1.tasks=[normals]", "stages.1.domains=[photo]"], "cell normals@photo has no labels"),
        (
            ["domains.synthetic.tasks=[normals]"],
            r"\(synthetic: normals, photo: segmentation\); name the anchor",
        ),
        (["domains.photo.tasks=[]"], r"\(synthetic: normals and segmentation, photo: nothing\); name the anchor"),
        (
            ["stages.1.domains=[synthetic]"],
            "stage `both` freezes `backbone_up3`, and trains on `synthetic` alone",
        ),
        (
            ["stages=[{name: both, frozen: [backbone_up3, normals, segmentation]}]"],
            "stage `both` freezes `normals`, which no stage before it trains on labels of `normals`;.*model.start_from",
        ),
        (["stages.0.epochs=0"], "stage `both` freezes `normals`, which no stage"),
        (["stages.0.domains=[photo]"], "stage `both` freezes `normals`, which no stage"),
        (["stages.0.tasks=[segmentation]"], "stage `both` freezes `normals`, which no stage"),
        (["stages.0.trainable=[backbone]"], "stage `both` freezes `normals`, which no stage"),
        (["stages.0.frozen=[normals]"], "stage `source` freezes `normals`, .* alone"),
        (
            ["stages.0.tasks=[normals]", "stages.1.frozen=[segmentation_deconv]"],
            "freezes `segmentation_deconv`, which no",
        ),
        (["stages.1.frozen=[backbone_up3_add]"], "part 'backbone_up3_add' has no layers with weights"),
        (["model.backbone.channels=0"], "model: look at backbone, .*: Invalid value for argument `filters`"),
        (["domains.photo.evaluate=[segmentation]"], "evaluation.label_free: no domain with a `validation` split"),
    ],
)
@pytest.mark.backend_free
def test_stages_that_cannot_be_run_are_named(overrides, message):
    with pytest.raises(ConfigError, match=message):
        build(overrides)


def test_heads_of_another_run_may_be_frozen_at_once():
    alone = ["stages=[{name: both, frozen: [backbone_up3, normals, segmentation]}]", "model.start_from=runs/rooms"]
    build(alone)
