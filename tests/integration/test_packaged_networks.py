"""The network of every packaged config is built, without its data."""

import keras
import pytest

from xdomain_keras.config import load_config
from xdomain_keras.data import Source
from xdomain_keras.data.labels import LABELS
from xdomain_keras.experiments.data import Data
from xdomain_keras.experiments.model import build_model
from xdomain_keras.experiments.plan import build_plan
from xdomain_keras.experiments.resolve import resolve
from xdomain_keras.experiments.sources import split_annotates
from xdomain_keras.packaged_configs import packaged_configs
from xdomain_keras.parts import load_parts
from xdomain_keras.training.trainer import setting_of

pytestmark = pytest.mark.backend_free
NAMES = ["first", "second", "third"]


def names_in(config):
    """Names that the data of a config have: those of which it speaks, or any."""
    own = [values for domain in config.domains.values() for values in domain.classes.values()]
    listed = [names for domain in config.domains.values() for names in domain.annotates.values()]
    for domain in config.domains.values():
        listed += [names for split in domain.splits.values() for names in split_annotates(split, "")[0].values()]
    return list(dict.fromkeys(name for names in (*own, *listed) for name in names if name != "*")) or NAMES


@pytest.fixture(scope="module", autouse=True)
def forget():
    """Nothing is left of variables that never got a value."""
    yield
    keras.utils.clear_session()


@pytest.mark.parametrize("name", packaged_configs())
def test_network_and_terms_are_built_and_none_corrupts_memory(name):
    """The guard of the whole suite looks at every convolution. The network's variables get shapes, and no values."""
    config, parts = load_config(packaged_configs()[name]), load_parts()
    names = dict.fromkeys(LABELS, names_in(config))
    sources = {
        (domain, split): Source(["image"], labels=LABELS.values(), names=names)
        for domain, row in config.domains.items()
        for split in row.splits
    }
    facts = resolve(config, Data(config, parts, sources), parts, read_labels=False)
    with keras.StatelessScope(initialize_variables=False):
        model = build_model(config, facts, parts)
    plan = build_plan(config, parts, len(model.tasks))
    for term in plan.terms:
        term.prepare(model.network, setting_of(model.network, plan.matrix, model.tasks))
    assert set(model.network.heads) == set(plan.matrix.tasks)
