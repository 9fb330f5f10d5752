import keras
import numpy as np
import pytest

from tests.unit.experiments import small
from tests.unit.experiments.small import make_config, make_model, make_sources
from tests.unit.training import tiny
from xdomain_keras.errors import ConfigError
from xdomain_keras.experiments.facts import Facts
from xdomain_keras.experiments.model import build_model
from xdomain_keras.label_matrix import Cell


def test_tasks_are_those_that_are_trained():
    assert list(make_model().tasks) == ["detection", "saliency"]
    assert list(make_model({"domains": {"attic": {"train": False}}}).tasks) == ["detection"]


def test_tasks_take_their_classes_from_the_facts_or_the_config():
    model = make_model()
    assert model.tasks["detection"].class_names == ("box", "disc")
    assert model.class_names() == {"detection": ["box", "disc"]}
    named = make_model({"tasks": {"detection": {"class_names": ["cat", "disc", "box"]}}})
    assert named.class_names() == {"detection": ["cat", "disc", "box"]}


def test_no_data_are_read_for_a_network():
    facts = Facts({"detection": {"class_names": ["lamp"], "max_boxes": 5}})
    config = make_config({"tasks": {"detection": {"max_boxes": None}}})
    model = build_model(config, facts, small.PARTS)
    assert model.class_names() == {"detection": ["lamp"]} and model.tasks["detection"].max_boxes == 5
    assert set(model.network.heads) == {"detection", "saliency"}


def test_a_task_may_have_a_name_of_its_own():
    gaze = {"type": "saliency", "sigma": 0.25, "head": {"filters": 4, "decoder_filters": [4]}}
    model = make_model({"domains": {"attic": {"tasks": ["gaze"], "evaluate": None}}, "tasks": {"gaze": gaze}})
    assert list(model.tasks) == ["detection", "gaze"] and model.tasks["gaze"].sigma == 0.25
    with pytest.raises(ConfigError, match="tasks.saliency: unknown key `sigam`; did you mean `sigma`"):
        make_model({"tasks": {"saliency": {"sigam": 1}}})


def test_the_network_is_drawn_from_the_seed(monkeypatch):
    given = []

    def build(**options):
        given.append(options)
        return tiny.make_backbone()

    monkeypatch.setattr("xdomain_keras.experiments.model.build_backbone", build)
    changes = {
        "model": {"backbone": {"name": "resnet", "depth": 18, "width": 0.25}, "weights": "some.h5"}
    }  # not read here
    network = make_model(changes).network
    assert set(network.heads) == {"detection", "saliency"}
    (options,) = given
    assert options.pop("backbones") is small.PARTS.backbones
    assert options == {"name": "resnet", "depth": 18, "width": 0.25, "input_shape": (32, 32, 3)}
    assert tiny.same(tiny.arrays_of(make_model(changes).network), tiny.arrays_of(network))
    assert not tiny.same(tiny.arrays_of(make_model({**changes, "seed": 1}).network), tiny.arrays_of(network))


def test_what_keras_refuses_is_an_error_of_the_config(monkeypatch):
    def refuse(**options):
        raise ValueError("The `kernel_size`\nmust be more than 0.")

    monkeypatch.setattr("xdomain_keras.experiments.model.build_backbone", refuse)
    with pytest.raises(ConfigError) as caught:
        make_model()
    assert str(caught.value).endswith("the heads' options: The `kernel_size` must be more than 0.")


def test_a_tap_of_a_level_that_there_is_not_is_said_when_the_network_is_built():
    with pytest.raises(ConfigError, match="unknown level `c9`; known are c3, c4, c5"):
        make_model({"domains": {"attic": {"taps": {"saliency": "c9"}}}})


def test_predictors_and_parts_of_the_network_are_built_once_for_each_reading(monkeypatch):
    def build(**options):
        backbone = tiny.make_backbone()
        other = keras.layers.ReLU(name="backbone_other")(backbone.output["c5"])
        return keras.Model(backbone.input, {**backbone.output, "c5_other": other}, name="backbone")

    monkeypatch.setattr("xdomain_keras.experiments.model.build_backbone", build)
    changes = {"tasks": {"saliency": {"head": {"skips": []}}}, "domains": {"attic": {"taps": {"saliency": "c5_other"}}}}
    model = make_model(changes)
    assert model.predictor("road") is model.predictor(None) is not model.predictor("attic")
    reader = model.subnetwork("road", ("saliency",), ("c3",))
    assert model.subnetwork(None, ("saliency",), ("c3",)) is reader
    assert model.subnetwork("attic", ("saliency",), ("c3",)) is not reader
    assert set(reader(np.zeros((1, 32, 32, 3), "float32"))["features"]) == {"c3"}


class Chooser:
    """A task that chooses by the mean of its figures."""

    def __init__(self):
        self.seen, self.chosen = [], {"channel": 1}

    def settle(self, results):
        self.seen.append(results)
        self.choose({"channel": int(results["correlation"] > 0)})

    def choices(self):
        return dict(self.chosen)

    def choose(self, choices):
        self.chosen = dict(choices)


def test_tasks_settle_by_the_mean_over_domains_and_predictors_are_then_built_anew():
    model = make_model()
    chooser = model.tasks["saliency"] = Chooser()
    model.predictors["some"] = "old"
    cells = {Cell("saliency", "road"): {"correlation": 1.0}, Cell("saliency", "attic"): {"correlation": -0.5}}
    assert not model.settle({**cells, Cell("detection", "road"): {"AP50": 0.1}}) and model.predictors
    assert chooser.seen == [{"correlation": 0.25}] and model.choices() == {"saliency": {"channel": 1}}
    assert model.settle({Cell("saliency", "attic"): {"correlation": -0.5}}) and not model.predictors
    assert model.choices() == {"saliency": {"channel": 0}}
    model.predictors["some"] = "old"
    model.choose({"saliency": {"channel": 0}})
    assert model.predictors
    model.choose({"saliency": {"channel": 1}})
    assert not model.predictors and chooser.chosen == {"channel": 1}


@pytest.fixture
def of_any_size(monkeypatch):
    """A backbone that is built for the size asked for."""
    given = []

    def build(input_shape, **options):
        given.append(input_shape)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tiny, "SIZE", input_shape[:2])
            return tiny.make_backbone()

    monkeypatch.setattr("xdomain_keras.experiments.model.build_backbone", build)
    return given


def test_a_twin_for_other_images_has_the_same_weights_and_choices(of_any_size):
    sources = make_sources()
    assert (model := make_model(sources=sources)).for_evaluation() is model
    same = {"evaluation": {"image_size": [32, 32]}}
    assert (model := make_model(same, sources)).for_evaluation() is model
    model = make_model({"evaluation": {"image_size": [64, 64]}}, sources)
    rng = np.random.default_rng(0)
    for _ in range(2):  # weights that changed since are taken over
        for variable in model.network.trainable_variables:
            variable.assign(rng.normal(size=variable.shape))
        twin = model.for_evaluation()
        assert twin.network.input.shape[1:3] == (64, 64) and twin is model.for_evaluation()
        assert tiny.same(tiny.arrays_of(twin.network), tiny.arrays_of(model.network))
    assert of_any_size[-2:] == [(32, 32, 3), (64, 64, 3)]
