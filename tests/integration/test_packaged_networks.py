"""The network of every packaged config is built, without its data."""

import keras
import pytest

from xdomain_keras.apps.configs import packaged_configs
from xdomain_keras.config import load_config
from xdomain_keras.data import Source
from xdomain_keras.experiments.build import Experiment

pytestmark = pytest.mark.backend_free
NAMES = ["first", "second", "third"]


@pytest.fixture(scope="module", autouse=True)
def forget():
    """Nothing is left of variables that never got a value."""
    yield
    keras.utils.clear_session()


@pytest.mark.parametrize("name", packaged_configs())
def test_network_and_terms_are_built_and_none_corrupts_memory(name):
    """The guard of the whole suite looks at every convolution. The network's variables get shapes, and no values."""
    config = load_config(packaged_configs()[name])
    sources = {
        (domain, split): Source(["image"], NAMES, keypoint_names=NAMES)
        for domain, row in config.domains.items()
        for split in row.splits
    }
    experiment = Experiment(config, sources)
    with keras.StatelessScope(initialize_variables=False):
        network = experiment.network
    for term in experiment.terms():
        term.prepare(network, experiment.matrix)
    assert set(network.heads) == set(experiment.matrix.tasks)
