import numpy as np
import pytest

from tests.unit.experiments.small import make_data, make_model
from xdomain_keras.data import Arrays
from xdomain_keras.evaluation import infer
from xdomain_keras.experiments.domain_features import (
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


def make(changes=None, sources=None):
    """(config, data, model)."""
    data = make_data(changes, sources)
    return data.config, data, make_model(changes, data.sources)


def compare(config, data, model):
    return compare_domains(config, data, model, lambda: model.rebuild(config))


def test_features_of_both_domains_are_compared_before_and_after():
    config, data, model = make({"evaluation": {"features": "c4"}})
    rng = np.random.default_rng(0)
    for variable in model.network.trainable_variables:
        variable.assign(rng.normal(0, 0.1, variable.shape))
    (header, rows), panels = compare(config, data, model)
    assert header[0] == "network" and [row[:2] for row in rows] == [("before", "road, attic"), ("after", "road, attic")]
    assert all(0 <= accuracy <= 1 and distance == pytest.approx(4 * accuracy - 2) for *_, accuracy, distance in rows)
    before, after = panels.values()
    assert before["road"].shape == (6, 2) and not np.allclose(before["road"], after["road"])
    assert list(panels)[1].startswith("c4 after, ")


def test_maps_are_averaged_over_the_image():
    config, data, model = make({"evaluation": {"features": "c4"}})
    found = domain_features(config, data, model, "c4", "road")
    assert found.shape == (6, model.network.features["c4"].shape[-1])
    network = model.subnetwork(None, features=("c4",))
    images = np.stack([sample["image"] for sample in data.samples("road", "validation")]).astype("float32")
    maps = network.predict_on_batch(images)["features"]["c4"]
    np.testing.assert_allclose(np.sort(found, axis=0), np.sort(np.mean(maps, axis=(1, 2)), axis=0), atol=1e-4)


def test_nothing_is_compared_where_nothing_is_named():
    assert compare(*make()) is None
    alone = {"evaluation": {"features": "c4"}, "domains": {"attic": {"train": False}}}
    assert compare(*make(alone)) is None


def faces(points, images=4, size=64):
    """Images of twice the network's size, the same keypoints in all of them."""
    pictures = np.random.default_rng(0).integers(0, 256, (images, size, size, 3)).astype("uint8")
    return Arrays({"image": pictures, "keypoints": [np.float32(points)] * images})


def make_faces(points):
    """(config, data, model) of two domains with keypoints."""
    splits = [(domain, split) for domain in ("road", "attic") for split in ("train", "validation", "test")]
    return make(KEYPOINTS, {key: faces(points) for key in splits})


def test_features_are_read_where_the_keypoints_are():
    # Cells of 16 pixels: column 3, row 1, and the first.
    config, data, model = make_faces([[60, 18, 1, 2], [5, 5, 1, 2]])
    samples = data.samples("road", "validation")
    said = infer(model.subnetwork(None, features=("c3",)), ({"image": sample["image"]} for sample in samples), 4)
    maps = np.stack([own["features"]["c3"] for _, _, own in said])
    found = keypoint_features(config, data, model, model.tasks["keypoints"], "c3", "road")
    nose, chin = found[0], found[1]
    assert np.ptp(maps, axis=(1, 2)).min() > 0
    np.testing.assert_allclose(np.sort(nose, axis=0), np.sort(maps[:, 1, 3], axis=0), rtol=1e-5)
    np.testing.assert_allclose(np.sort(chin, axis=0), np.sort(maps[:, 0, 0], axis=0), rtol=1e-5)


def test_a_panel_for_each_keypoint_that_is_seen():
    (_, rows), panels = compare(*make_faces([[60, 18, 1, 2], [5, 5, 1, 0]]))
    assert len(rows) == 2 and list(panels)[2:] == ["c3 at nose, PCA"]
    assert {domain: places.shape for domain, places in panels["c3 at nose, PCA"].items()} == {
        "road": (4, 2),
        "attic": (4, 2),
    }


def test_no_panel_where_a_domain_has_no_keypoints():
    assert keypoint_panels(*make_faces([[60, 18, 1, 0], [5, 5, 1, 0]]), "c3", ["road", "attic"]) == {}
    assert keypoint_panels(*make(), "c4", ["road", "attic"]) == {}
    assert keypoint_panels(*make_faces([[60, 18, 1, 2], [5, 5, 1, 2]]), "pooled", ["road", "attic"]) == {}  # no map


def test_features_of_images_are_of_any_size():
    config, data, model = make()
    image = next(data.samples("road", "test"))["image"]
    large = np.repeat(np.repeat(image, 2, axis=0), 2, axis=1)
    samples = [{"image": each} for each in (image, large, image[::-1])]
    features = image_features(config, model, "pooled", samples)
    assert features.shape == (3, 8)
    np.testing.assert_allclose(features[0], features[1], atol=1e-4)
    assert np.abs(features[0] - features[2]).max() > 1e-4
