"""Batch normalisation of its own for each domain."""

import keras
import numpy as np
import pytest

from tests.unit.experiments.small import make_experiment, make_model
from tests.unit.training.tiny import MATRIX, arrays_of, make_backbone, make_mixture_of, make_tasks, make_terms, same
from xdomain_keras.errors import ConfigError
from xdomain_keras.experiments.singles import single_configs
from xdomain_keras.models import MovingAverage, MultiHeadModel
from xdomain_keras.models.domain_norms import average_norms, spread_norms, with_own_norms
from xdomain_keras.training import Stage, Trainer, fit_stages

TASKS = make_tasks()
IMAGES = np.random.default_rng(0).uniform(0, 255, (2, 32, 32, 3)).astype("float32")


@pytest.fixture
def network():
    keras.utils.set_random_seed(0)
    heads = {name: task.head() for name, task in TASKS.items()}
    network = MultiHeadModel(make_backbone(), heads, domains=MATRIX.domains)
    spread_norms(network.norms)
    return network


def norm_of(network, level, domain=None):
    name = f"backbone_bn{level}" + (f"_{domain}" if domain else "")
    return next(layer for layer in network._flatten_layers() if layer.name == name)


def said(network, domain=None):
    return keras.ops.convert_to_numpy(network.subnetwork(["saliency"], domain=domain)(IMAGES)["outputs"]["saliency"])


def train(network, **stage):
    stages = [Stage("any", 1, optimizer={"name": "sgd", "learning_rate": 0.01}, **stage)]
    return fit_stages(network, MATRIX, make_terms(), stages, TASKS, make_mixture_of(TASKS))


def test_a_domain_is_normalised_by_its_own_layers(network):
    before = said(network)
    np.testing.assert_allclose(said(network, "road"), before, atol=1e-6)
    norm = norm_of(network, 3, "road")
    norm.set_weights([2 * array + 0.5 for array in norm.get_weights()])
    assert np.abs(said(network, "road") - before).max() > 1e-3
    np.testing.assert_array_equal(said(network), before)
    np.testing.assert_array_equal(said(network, "attic"), before)


@pytest.mark.every_backend
def test_statistics_are_those_of_the_domains_images(network):
    """`m' ← d m + (1 - d) mean(conv(x))` over the images of the domain alone; all else is shared."""
    first = keras.Model(network.input, network.backbone.get_layer("backbone_conv3").output)
    stages = [Stage("any", 1, norm="per_domain", optimizer={"name": "sgd", "learning_rate": 1e-12})]
    fit_stages(network, MATRIX, make_terms(), stages, TASKS, make_mixture_of(TASKS))
    mixture, means = make_mixture_of(TASKS)(MATRIX.domains), {}
    for domain in MATRIX.domains:
        momentum, mean = norm_of(network, 3, domain).momentum, 0.0
        for step in range(mixture.steps_per_epoch):
            maps = keras.ops.convert_to_numpy(first(mixture.batch(step)[0][domain]))
            mean = momentum * mean + (1 - momentum) * maps.mean(axis=(0, 1, 2))
        found = norm_of(network, 3, domain).get_weights()[2]
        np.testing.assert_allclose(found, mean, rtol=1e-4, atol=1e-6)
        means[domain] = found
    assert np.abs(means["road"] - means["attic"]).max() > 1e-4
    shared = norm_of(network, 3).get_weights()[2]
    np.testing.assert_allclose(shared, (means["road"] + means["attic"]) / 2, rtol=1e-6)


def test_scales_and_shifts_are_the_domains_own_and_convolutions_are_shared(network):
    train(network, norm="per_domain")
    scales = [norm_of(network, 4, domain).get_weights()[0] for domain in (None, *MATRIX.domains)]
    assert not np.allclose(scales[1], scales[2], atol=1e-6)
    np.testing.assert_allclose(scales[0], (scales[1] + scales[2]) / 2, rtol=1e-6)
    names = [layer.name for layer in network._flatten_layers() if layer.weights]
    assert sorted(name for name in names if "conv" in name and name.startswith("backbone")) == [
        f"backbone_conv{level}" for level in (3, 4, 5)
    ]


@pytest.mark.parametrize("frozen", [("backbone",), ("backbone_c4",), ("backbone_bn4",)])
def test_parts_hold_the_domains_norms_too(network, frozen):
    before = arrays_of(norm_of(network, 4, "road"))
    train(network, norm="per_domain", frozen=frozen)
    assert same(before, arrays_of(norm_of(network, 4, "road")))
    assert same(arrays_of(norm_of(network, 5, "road")), arrays_of(norm_of(network, 5, "attic"))) == (
        frozen == ("backbone",)
    )


def test_weights_and_models_keep_the_norms(network, tmp_path):
    for seed, domain in enumerate(MATRIX.domains):
        norm = norm_of(network, 3, domain)
        norm.set_weights([array + 1 + seed for array in norm.get_weights()])
    wanted = [said(network, domain) for domain in (None, *MATRIX.domains)]
    network.save_weights(tmp_path / "kept.weights.h5")
    network.save(tmp_path / "kept.keras")
    heads = {name: task.head() for name, task in TASKS.items()}
    other = MultiHeadModel(make_backbone(), heads, domains=MATRIX.domains)
    other.load_weights(tmp_path / "kept.weights.h5")
    for restored in (other, keras.models.load_model(tmp_path / "kept.keras")):
        for domain, expected in zip((None, *MATRIX.domains), wanted, strict=True):
            np.testing.assert_allclose(said(restored, domain), expected, atol=1e-5)


def test_a_moving_average_has_norms_for_each_domain(network):
    norm = norm_of(network, 3, "attic")
    norm.set_weights([array + 1 for array in norm.get_weights()])
    average = MovingAverage(network, ["saliency"])
    for domain, expected in (("attic", said(network, "attic")), ("unknown", said(network)), (None, said(network))):
        found = keras.ops.convert_to_numpy(average(IMAGES, domain=domain)["saliency"])
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_layer_called_twice_has_one_norm_and_models_inside_are_looked_into():
    norm = keras.layers.BatchNormalization(name="twice")
    inside = keras.Input((4, 4, 3))
    inner = keras.Model(inside, keras.layers.BatchNormalization(name="inner")(inside), name="part")
    images = keras.Input((4, 4, 3))
    backbone = keras.Model(images, {"c0": inner(norm(norm(images)))})
    _, norms = with_own_norms(backbone, "street")
    assert [(layer.name, own.name) for layer, own in norms] == [("twice", "twice_street"), ("inner", "inner_street")]
    norms[0][1].set_weights([array + 3 for array in norms[0][1].get_weights()])
    average_norms([norms[0], (norm, norm)])
    np.testing.assert_allclose(norm.get_weights()[0], 2.5)


def test_a_backbone_without_norms_is_refused():
    images = keras.Input((4, 4, 3))
    with pytest.raises(ConfigError, match="has no batch normalisation"):
        with_own_norms(keras.Model(images, {"c0": keras.layers.Conv2D(2, 1)(images)}), "street")


def test_domains_run_apart_although_the_config_says_jointly(network):
    assert not Trainer(network, MATRIX, make_terms(), TASKS, forward="joint").encoders.joint


def test_a_config_gives_every_trained_domain_its_norms():
    model = make_model({"model": {"norm": "per_domain"}})
    assert model.network.domains == ("road", "attic")
    assert model.predictor("road") is not model.predictor("attic")
    assert model.predictor(None) is not model.predictor("road") and model.own_norms(None) is None


def test_single_networks_have_one_set_of_norms():
    experiment = make_experiment({"model": {"norm": "per_domain"}})
    assert {own.model.norm for own in single_configs(experiment).values()} == {"train"}
