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
    assert profile(config, seconds=0) == {"parameters": count_parameters(network), "macs": count_macs(network)}


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
    assert list(figures) == ["parameters", "macs", "images_per_second", "peak_memory_mb"]
    assert given == [("multi_head_model", (32, 32), 4, 0.5)]
