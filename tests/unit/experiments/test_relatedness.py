import numpy as np
import pytest

from tests.unit.experiments.small import make_experiment, make_sources
from xdomain_keras.errors import ConfigError
from xdomain_keras.experiments import relatedness as module
from xdomain_keras.experiments.relatedness import relatedness


@pytest.fixture
def runs(monkeypatch):
    """Two runs in memory: `a` sees the images as they are, `b` upside down."""
    sources, seen = make_sources(), []
    experiments = {name: make_experiment(sources=sources) for name in "ab"}
    monkeypatch.setattr(module, "load_run", lambda folder, parts: (experiments[folder], None))

    def features(config, model, feature, samples):
        images = [sample["image"].copy() for sample in samples]
        seen.append(images)
        values = np.stack([image.reshape(-1)[:60] for image in images]).astype(float)
        return values if feature == "pooled" and model is experiments["a"].model else values[::-1]

    monkeypatch.setattr(module, "image_features", features)
    return seen


def test_a_network_is_wholly_related_to_itself(runs):
    result = relatedness("a", "a")
    assert result == {"relatedness": pytest.approx(1), "images": 6, "domain": "road", "split": "test"}
    other = relatedness("a", "b", domain="attic", split="train")
    assert (other["domain"], other["split"]) == ("attic", "train") and other["relatedness"] < 0.9


def test_both_see_the_same_images_of_the_split(runs):
    relatedness("a", "b", "attic", "test", num_images=4)
    assert len(runs) == 2 and len(runs[0]) == 4 and np.array_equal(runs[0], runs[1])
    source = make_sources()["attic", "test"]
    stored = [source.read_image(index).tobytes() for index in range(6)]
    assert len({stored.index(image.tobytes()) for image in runs[0]}) == 4


def test_the_seed_chooses_the_images(runs):
    for seed in (0, 0, 1):
        relatedness("a", "a", num_images=4, seed=seed)
    assert np.array_equal(runs[0], runs[2]) and not np.array_equal(runs[0], runs[4])


def test_an_unknown_domain_is_named(runs):
    with pytest.raises(ConfigError, match="unknown domain `raod`; did you mean `road`"):
        relatedness("a", "b", "raod")
