"""An experiment of five layers on data in memory."""

from tests.unit.training import tiny
from xdomain_keras.config import ExperimentConfig, merge
from xdomain_keras.experiments.data import Data
from xdomain_keras.experiments.model import build_model
from xdomain_keras.experiments.resolve import resolve
from xdomain_keras.experiments.validate import build_experiment
from xdomain_keras.parts import Parts

PARTS = Parts()

TREE = {
    "name": "small",
    "image_size": list(tiny.SIZE),
    "domains": {
        "road": {"tasks": ["detection"], "batch_size": 2, "splits": {"train": {}, "validation": {}, "test": {}}},
        "attic": {
            "tasks": ["saliency"],
            "evaluate": ["saliency", "detection"],
            "batch_size": 3,
            "splits": {"train": {}, "test": {}},
        },
    },
    "tasks": {
        "detection": {
            "max_boxes": 3,
            "head": {"taps": ["c3", "c4"], "extras": [], "aspect_ratios": [2], "scales": [0.3, 0.6, 0.9]},
        },
        "saliency": {"sigma": 0.1, "head": {"filters": 4, "rates": [1, 2], "decoder_filters": [4], "skips": ["c4"]}},
    },
    "stages": [{"name": "train", "epochs": 2}],
    "evaluation": {"batch_size": 3, "pictures": 1},
}


def make_config(changes=None):
    """The config with changes laid over it."""
    return ExperimentConfig.model_validate(merge(TREE, changes or {}))


def make_sources():
    """Dict of (domain, split) → six images each, with boxes and fixations."""
    keys = [(name, split) for name, domain in TREE["domains"].items() for split in domain["splits"]]
    return {key: tiny.make_source(seed=seed) for seed, key in enumerate(keys)}


def make_data(changes=None, sources=None):
    """The `Data` of the config; sources in memory where none are given."""
    return Data(make_config(changes), PARTS, make_sources() if sources is None else sources)


def make_model(changes=None, sources=None):
    """The `Model` of the config, whatever its other sections say."""
    data = make_data(changes, sources)
    return build_model(data.config, resolve(data.config, data, PARTS), PARTS)


def make_experiment(changes=None, sources=None):
    """The `Experiment` of the config, which must be sound."""
    return build_experiment(make_config(changes), PARTS, make_sources() if sources is None else sources)
