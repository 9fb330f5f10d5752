import copy

import keras
import numpy as np
import pytest
from keras import ops

from tests.unit.training.tiny import same
from xdomain_keras.config import ExperimentConfig, merge
from xdomain_keras.data import Arrays
from xdomain_keras.errors import ConfigError
from xdomain_keras.evaluation import build_predictor
from xdomain_keras.experiments.cells import taps_of
from xdomain_keras.experiments.plan import build_plan
from xdomain_keras.experiments.validate import build_experiment
from xdomain_keras.parts import load_parts
from xdomain_keras.training import fit_stages

SIZE = (32, 32)
TRANSFERRED = "c2_segmentation_to_depth"
TREE = {
    "name": "small",
    "image_size": SIZE,
    "method": "task_transfer",
    "domains": {
        "simulator": {"tasks": ["segmentation", "depth"], "batch_size": 2},
        "road": {"tasks": ["segmentation"], "evaluate": ["depth"], "taps": {"depth": TRANSFERRED}, "batch_size": 2},
    },
    "tasks": {"segmentation": {"head": {"name": "generator"}}, "depth": {"head": {"name": "generator"}}},
    "model": {
        "backbone": {
            "name": "task_encoders",
            "tasks": ["segmentation", "depth"],
            "encoder": {"name": "generator", "width": 1 / 16, "blocks": 1},
            "transfer": {"kind": "unet", "width": 1 / 64},
        }
    },
    "terms": {
        "domain_adversarial": {"feature": "c2_segmentation", "classifier": {"width": 1 / 16}},
        "feature_matching": {"source": TRANSFERRED, "target": "c2_depth"},
    },
    "stages": [
        {
            "name": "segmentation",
            "tasks": ["segmentation"],
            "trainable": ["backbone_segmentation", "segmentation"],
            "terms": ["supervised", "domain_adversarial"],
        },
        {
            "name": "depth",
            "domains": ["simulator"],
            "tasks": ["depth"],
            "trainable": ["backbone_depth", "depth"],
            "terms": ["supervised"],
        },
        {
            "name": "transfer",
            "domains": ["simulator"],
            "trainable": ["backbone_transfer"],
            "terms": ["feature_matching"],
        },
    ],
}


def make_experiment(changes=None, tree=TREE):
    rng = np.random.default_rng(0)
    sources = {}
    for domain in TREE["domains"]:
        images = rng.integers(0, 256, (4, *SIZE, 3), dtype=np.uint8)
        labels = {
            "semantic_ids": (images[..., 0] > 128).astype("int32"),
            "depth_meters": images[..., 1] / np.float32(64),
        }
        sources[domain, "train"] = Arrays({"image": images, **labels}, ["road", "sky"])
    return build_experiment(ExperimentConfig.model_validate(merge(tree, changes or {})), load_parts(), sources)


@pytest.fixture(scope="module")
def trained():
    """An experiment after its three stages; for each the parts that moved, and the keys of its log."""
    experiment, seen = make_experiment(), []
    model, network, parts = experiment.model, experiment.model.network, {}
    for part in ("backbone_segmentation", "segmentation", "backbone_depth", "depth", "backbone_transfer"):
        parts[part] = [variable for layer in network.part(part) for variable in layer.variables]

    def values():
        return {name: [ops.convert_to_numpy(v).copy() for v in variables] for name, variables in parts.items()}

    class Watch(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            self.before = values()

        def on_epoch_end(self, epoch, logs=None):
            after = values()
            seen.append(({name for name in parts if not same(self.before[name], after[name])}, set(logs)))

    plan = build_plan(experiment.config, experiment.parts, len(model.tasks))
    fit_stages(
        network,
        plan.matrix,
        plan.terms,
        plan.stages,
        model.tasks,
        lambda domains: experiment.data.mixture({d: model.tasks_on(experiment.data, d, "train") for d in domains}),
        callbacks=lambda *_: [Watch()],
    )
    return experiment, seen


def test_each_stage_moves_its_own_parts_alone(trained):
    _, seen = trained
    assert [moved for moved, _ in seen] == [
        {"backbone_segmentation", "segmentation"},
        {"backbone_depth", "depth"},
        {"backbone_transfer"},
    ]


def test_each_stage_logs_its_own_terms_alone(trained):
    first, second, third = (logs for _, logs in trained[1])
    assert {"supervised/segmentation@simulator", "supervised/segmentation@road"} <= first
    assert {"domain_adversarial/simulator~road", "domain_adversarial/classifier/accuracy"} <= first
    assert "supervised/depth@simulator" in second - first and not any("adversarial" in key for key in second | third)
    assert {key for key in third if key.startswith(("sup", "fea"))} == {"feature_matching/simulator"}


def test_the_target_domain_is_predicted_by_decoder_2_transfer_encoder_1(trained):
    experiment, _ = trained
    network, images = (
        experiment.model.network,
        np.random.default_rng(1).uniform(0, 255, (2, *SIZE, 3)).astype("float32"),
    )
    tasks = {"depth": experiment.model.tasks["depth"]}
    direct, routed = (
        ops.convert_to_numpy(build_predictor(network, tasks, taps_of(experiment.config, domain))(images)["depth_map"])
        for domain in ("simulator", "road")
    )
    (encoder,), (transfer,) = network.part("backbone_segmentation"), network.part("backbone_transfer")
    x = transfer(encoder(images)["c2"])
    head = keras.Model(network.backbone.output["c2_depth"], network.output["depth"])
    expected = np.maximum(ops.convert_to_numpy(head(x)), 0)
    np.testing.assert_allclose(routed, expected, atol=1e-5)
    assert np.abs(direct - routed).max() > 1e-3


def test_weights_of_the_transfer_are_saved_with_the_network(trained, tmp_path):
    network, other = trained[0].model.network, make_experiment().model.network
    network.save_weights(tmp_path / "all.weights.h5")
    other.load_weights(tmp_path / "all.weights.h5")
    for first, second in zip(network.variables, other.variables, strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(first), ops.convert_to_numpy(second))
    assert any("transfer" in variable.path for variable in network.variables)


def test_the_trained_network_predicts_another_size(trained):
    experiment = trained[0]
    model = experiment.model
    experiment.config.evaluation.image_size = (64, 32)
    other = model.for_evaluation()
    assert other.network.input.shape[1:3] == (64, 32) and other.tasks["depth"].size == (64, 32)
    for first, second in zip(model.network.weights, other.network.weights, strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(first), ops.convert_to_numpy(second))
    assert model.for_evaluation() is other and other.for_evaluation() is other
    experiment.config.evaluation.image_size = None


@pytest.mark.parametrize(
    ("taps", "message"),
    [
        ({"depth": "c2_segmentation_to_normals"}, "unknown level `c2_segmentation_to_normals`; did you mean"),
        ({"dept": TRANSFERRED}, "domains.road.taps: unknown task `dept`; did you mean `depth`"),
    ],
)
def test_taps_that_lead_nowhere(taps, message):
    changed = copy.deepcopy(TREE)
    changed["domains"]["road"]["taps"] = taps
    with pytest.raises(ConfigError, match=message):
        make_experiment(tree=changed)


def test_a_domain_that_is_labelled_for_nothing():
    with pytest.raises(ConfigError, match=r"`road` is labelled for nothing.*\(segmentation\) in domains.road.tasks"):
        make_experiment({"domains": {"road": {"tasks": []}}})
