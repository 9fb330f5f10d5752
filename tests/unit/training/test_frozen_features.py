"""Features of what is frozen are computed once, and training is what it is without that."""

import keras
import numpy as np
import pytest

from tests.unit.experiments.small import make_config, make_sources
from tests.unit.training.test_fit import TASKS
from tests.unit.training.tiny import MATRIX, arrays_of, make_mixture_of, make_network, make_terms
from xdomain_keras.data.augment import Augment
from xdomain_keras.experiments.train import train
from xdomain_keras.parts import Parts
from xdomain_keras.terms import Supervised
from xdomain_keras.training import Stage, fit_stages
from xdomain_keras.training.frozen_features import split_encoder

IMAGES = np.random.default_rng(0).uniform(0, 255, (2, 32, 32, 3)).astype("float32")
ROOM = 10**8


@pytest.fixture
def network():
    return make_network(TASKS)


class Seen(keras.callbacks.Callback):
    """The losses of every step."""

    def __init__(self):
        super().__init__()
        self.losses = []

    def on_train_batch_end(self, batch, logs=None):
        self.losses.append(float(logs["loss"]))


def run(network, frozen, room, augmented=(), terms=None, **options):
    """(losses of every step, trainer)"""
    mixture_of, seen = make_mixture_of(TASKS), Seen()
    for domain in augmented:
        mixture_of((domain,)).domains[domain].augment = Augment(horizontal_flip=0.5)
    keras.utils.set_random_seed(3)  # MMD's projection is drawn when it begins
    stage = Stage("tuning", 2, frozen=frozen, optimizer={"name": "sgd", "learning_rate": 0.01})
    given = {"callbacks": lambda *args: [seen], "cache_bytes": room, **options}
    trainer = fit_stages(network, MATRIX, terms or make_terms(), [stage], TASKS, mixture_of, **given)
    return seen.losses, trainer


@pytest.mark.every_backend
@pytest.mark.parametrize(
    ("frozen", "augmented", "cached"),
    [
        (("backbone",), (), {"road", "attic"}),
        (("backbone_c3",), (), {"road", "attic"}),
        (("backbone_c4",), ("road",), {"attic"}),
    ],
    ids=["whole backbone", "lower part", "one domain is augmented"],
)
def test_training_is_the_same(network, frozen, augmented, cached):
    before = network.get_weights()
    losses, trainer = run(network, frozen, 0, augmented)
    assert dict(trainer.cached) == {}
    plain = arrays_of(network)
    network.set_weights(before)
    again, trainer = run(network, frozen, ROOM, augmented)
    assert set(trainer.cached) == cached and all(size > 0 for size in trainer.cached.values())
    np.testing.assert_allclose(again, losses, rtol=1e-5)
    for own, expected in zip(arrays_of(network), plain, strict=True):
        np.testing.assert_allclose(own, expected, rtol=1e-4, atol=1e-5)


def test_the_frozen_part_runs_once_for_each_image(network, monkeypatch):
    passes, call = [], keras.Model.__call__

    def count(model, *args, **kwargs):
        if any(layer.name == "backbone_conv3" for layer in model.layers):
            passes.append(model.name)
        return call(model, *args, **kwargs)

    monkeypatch.setattr(keras.Model, "__call__", count)
    _, trainer = run(network, ("backbone",), ROOM)
    assert len(passes) == 2  # six images a domain are one pass each; no step runs it


@pytest.mark.parametrize(
    ("frozen", "augmented", "room"),
    [((), (), ROOM), (("detection",), (), ROOM), (("backbone",), ("road", "attic"), ROOM), (("backbone",), (), 1000)],
    ids=["nothing frozen", "a head", "all augmented", "no room"],
)
def test_nothing_is_cached_where_it_cannot_be(network, frozen, augmented, room):
    assert dict(run(network, frozen, room, augmented)[1].cached) == {}


def test_a_term_that_reads_images_gets_them(network):
    class Looks(Supervised):
        reads_images = True

        def compute(self, step):
            assert all(len(images.shape) == 4 for images in step.images.values())
            return super().compute(step)

    assert dict(run(network, ("backbone",), ROOM, terms=[Looks()])[1].cached) == {}


def test_random_layers_and_moving_statistics_are_not_frozen():
    images = keras.Input((32, 32, 3))
    stem = keras.layers.Conv2D(4, 3, name="stem", trainable=False)(images)
    x = keras.layers.Dropout(0.5, name="drop")(stem)
    x = keras.layers.BatchNormalization(center=False, scale=False, name="norm")(x)
    fixed, rest = split_encoder(keras.Model(images, {"c0": x, "c1": stem}))
    assert [layer.name for layer in rest.layers if layer.name in ("drop", "norm")] == ["drop", "norm"]
    assert len(fixed.outputs) == 1
    whole = keras.Model(images, {"c0": x, "c1": stem})(IMAGES, training=False)
    again = rest(fixed(IMAGES, training=False), training=False)
    for level, expected in whole.items():
        np.testing.assert_allclose(*map(keras.ops.convert_to_numpy, (again[level], expected)), rtol=1e-5, atol=1e-4)


def test_a_run_says_what_it_keeps(tmp_path, capsys):
    config = make_config({"stages": [{"name": "heads", "epochs": 1, "frozen": ["backbone"]}]})
    train(config, tmp_path / "run", report=False, sources=make_sources())
    assert "`road`: features of what is frozen are computed once and kept, " in capsys.readouterr().err


def test_terms_that_read_no_image_say_so():
    """What reads images, or runs the network again, is left at the safe side."""
    apart = {name for name, term in Parts().terms.items() if not term.reads_images}
    assert apart == {"supervised", "mmd", "domain_adversarial", "feature_matching"}
