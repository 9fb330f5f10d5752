import numpy as np
import pytest

from tests.unit.experiments.small import make_experiment
from xdomain_keras.data import Arrays
from xdomain_keras.errors import ConfigError
from xdomain_keras.experiments.domain_features import (
    check_features,
    compare_domains,
    domain_features,
    image_features,
    keypoint_features,
    keypoint_panels,
)

KEYPOINTS = {
    "tasks": {
        "detection": None,
        "saliency": None,
        "keypoints": {"class_names": ["nose", "chin"], "head": {"tap": "c3", "depth_tap": "c4", "hidden": 4}},
    },
    "domains": {name: {"tasks": ["keypoints"], "evaluate": ["keypoints"]} for name in ("road", "attic")},
    "evaluation": {"features": "c3"},
}


def test_features_of_both_domains_are_compared_before_and_after():
    experiment = make_experiment({"evaluation": {"features": "c4"}})
    rng = np.random.default_rng(0)
    for variable in experiment.network.trainable_variables:
        variable.assign(rng.normal(0, 0.1, variable.shape))
    (header, rows), panels = compare_domains(experiment)
    assert header[0] == "network" and [row[:2] for row in rows] == [("before", "road, attic"), ("after", "road, attic")]
    assert all(0 <= accuracy <= 1 and distance == pytest.approx(4 * accuracy - 2) for *_, accuracy, distance in rows)
    before, after = panels.values()
    assert before["road"].shape == (6, 2) and not np.allclose(before["road"], after["road"])
    assert list(panels)[1].startswith("c4 after, ")


def test_maps_are_averaged_over_the_image():
    experiment = make_experiment({"evaluation": {"features": "c4"}})
    assert domain_features(experiment, "c4", "road").shape == (6, experiment.network.features["c4"].shape[-1])


def test_nothing_is_compared_where_nothing_is_named():
    assert compare_domains(make_experiment()) is None


def test_a_feature_that_the_network_has_not():
    with pytest.raises(ConfigError, match="evaluation.features: unknown feature `c44`; did you mean `c4`"):
        check_features(make_experiment({"evaluation": {"features": "c44"}}))


def faces(points, images=4, size=64):
    """Images of twice the network's size, the same keypoints in all of them."""
    pictures = np.random.default_rng(0).integers(0, 256, (images, size, size, 3)).astype("uint8")
    return Arrays({"image": pictures, "keypoints": [np.float32(points)] * images})


def make_faces(points):
    """An experiment of two domains with keypoints."""
    splits = [(domain, split) for domain in ("road", "attic") for split in ("train", "validation", "test")]
    return make_experiment(KEYPOINTS, {key: faces(points) for key in splits})


def test_features_are_read_where_the_keypoints_are():
    experiment = make_faces([[60, 18, 1, 2], [5, 5, 1, 2]])  # cells of 16 pixels: column 3, row 1, and the first
    source = experiment.source("road", "validation")
    maps = image_features(experiment, [source[index]["image"] for index in range(4)], "c3")
    nose, chin = keypoint_features(experiment, experiment.tasks["keypoints"], "c3", "road")
    assert np.ptp(maps, axis=(1, 2)).min() > 0
    np.testing.assert_allclose(np.sort(nose, axis=0), np.sort(maps[:, 1, 3], axis=0), rtol=1e-5)
    np.testing.assert_allclose(np.sort(chin, axis=0), np.sort(maps[:, 0, 0], axis=0), rtol=1e-5)


def test_a_panel_for_each_keypoint_that_is_seen():
    (_, rows), panels = compare_domains(make_faces([[60, 18, 1, 2], [5, 5, 1, 0]]))
    assert len(rows) == 2 and list(panels)[2:] == ["c3 at nose, PCA"]
    assert {domain: places.shape for domain, places in panels["c3 at nose, PCA"].items()} == {
        "road": (4, 2),
        "attic": (4, 2),
    }


def test_no_panel_where_a_domain_has_no_keypoints():
    assert keypoint_panels(make_faces([[60, 18, 1, 0], [5, 5, 1, 0]]), "c3", ["road", "attic"]) == {}
    assert keypoint_panels(make_experiment(), "c4", ["road", "attic"]) == {}
