import keras
import pytest

from tests.unit.experiments.small import make_config, make_model
from xdomain_keras.evaluation.profile import count_macs, count_parameters
from xdomain_keras.experiments import profile as module
from xdomain_keras.experiments.profile import profile


@pytest.fixture
def config():
    """The classes are named, so that no data are read: there are none."""
    return make_config({"tasks": {"detection": {"class_names": ["box", "disc", "c"]}}})


def test_counts_need_no_data(config):
    network = make_model({"tasks": {"detection": {"class_names": ["box", "disc", "c"]}}}).network
    figures = profile(config, seconds=0)
    rows = figures.pop("parts")
    assert figures == {"parameters": count_parameters(network), "macs": count_macs(network)}
    assert sum(row["parameters"] for row in rows) == figures["parameters"]
    assert [(row["part"], row["train"]) for row in rows] == [("backbone", "1"), ("detection", "1"), ("saliency", "1")]


CLASSES = {"tasks": {"detection": {"class_names": ["box", "disc", "c"]}}}
STAGES = [
    {"name": "heads", "frozen": ["backbone"], "optimizer": {"factors": {"detection_classes0": 2}}},
    {"name": "all", "frozen": ["backbone_c3"]},
]


def test_parts_have_factors_and_what_was_loaded(tmp_path):
    """From a file with all layers, and from one with the first convolution alone."""
    backbone = make_model().network.backbone
    backbone.save_weights(tmp_path / "all.weights.h5")
    changes = {"stages": STAGES, "optimizer": {"factors": {"backbone": 0.1}}}
    changes["model"] = {"weights": str(tmp_path / "all.weights.h5")}
    figures = profile(make_config({**CLASSES, **changes}), seconds=0)
    rows = {row.pop("part"): row for row in figures["parts"]}
    assert {part: (row["heads"], row["all"]) for part, row in rows.items()} == {
        "backbone": ("frozen", "frozen to 0.1"),
        "detection": ("1 to 2", "1"),
        "saliency": ("1", "1"),
        "detection_classes0": ("2", "1"),
        "backbone_c3": ("frozen", "frozen"),
    }
    assert [rows[part]["loaded"] for part in ("backbone", "backbone_c3", "saliency")] == [1.0, 1.0, 0.0]
    assert figures["loaded"].endswith("arrays loaded")
    images = keras.Input((32, 32, 3))
    one = keras.layers.Conv2D(6, 8, 8, name="backbone_conv3")
    keras.Model(images, one(images)).save_weights(tmp_path / "part.weights.h5")
    changes["model"]["weights"] = str(tmp_path / "part.weights.h5")
    shares = {row["part"]: row["loaded"] for row in profile(make_config({**CLASSES, **changes}), seconds=0)["parts"]}
    own = sum(value.size for value in one.get_weights())
    assert shares["backbone"] == pytest.approx(own / rows["backbone"]["parameters"])


def test_weights_that_cannot_be_had_are_said():
    figures = profile(make_config({**CLASSES, "model": {"weights": "gone.pth"}}), seconds=0)
    assert "gone.pth is not a file" in figures["loaded"] and "loaded" not in figures["parts"][0]


def test_what_terms_learn_is_counted_beside_the_network():
    classes = {"detection": {"class_names": ["box", "disc", "c"]}}
    config = make_config({"tasks": classes, "terms": {"mmd": {"kernel": "bilinear"}}})
    channels = make_model({"tasks": classes}).network.features["pooled"].shape[-1]
    assert profile(config, seconds=0)["parameters of mmd"] == channels**2


def test_speed_is_measured_where_time_is_given(config, monkeypatch):
    given = []

    def measure(network, *arguments):
        given.append((network.name, *arguments))
        return {"images_per_second": 2.0, "peak_memory_mb": 3.0}

    monkeypatch.setattr(module, "measure", measure)
    figures = profile(config, batch_size=4, seconds=0.5)
    assert list(figures) == ["parameters", "macs", "parts", "images_per_second", "peak_memory_mb"]
    assert given == [("multi_head_model", (32, 32), 4, 0.5)]
