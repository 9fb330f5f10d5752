"""Checks of every kind of label, as `Arrays` makes them."""

import re

import numpy as np
import pytest

from tests.unit.data.readers.files import faults_of
from xdomain_keras.data import Arrays
from xdomain_keras.data.sample import find_faults
from xdomain_keras.errors import DataError

IMAGE = np.zeros((2, 4, 5, 3), np.uint8)
WALL = np.tile(np.float32([0, 0, -1]), (4, 5, 1))
MAP = np.zeros((4, 5), np.uint8)


def test_labels_are_as_samples_hold_them():
    labels = {
        "depth_meters": [[[1, 2, 3, 4, 0]] * 4] * 2,
        "semantic_ids": np.full((2, 4, 5), -1.0),
        "normals": [WALL * 0.98, WALL.astype(np.float64)],
        "edges": np.ones((2, 4, 5), bool),
        "salient_object": np.ones((2, 4, 5)),
        "keypoints": [[[1, 1, 2, 1], [np.nan, 9, 9, 0]]] * 2,
        "classes": [[1, 2], []],
        "boxes_xyxy": [np.ones((2, 4)), []],
        "areas": [[1, 2.5], []],
        "crowd": [[True, False], []],
        "known_classes": [[0, 2], [1]],
    }
    source = Arrays({"image": IMAGE, **labels})
    assert faults_of(source) == []
    sample = source[1]
    assert not find_faults(sample) and sample["known_classes"].tolist() == [1]
    np.testing.assert_allclose(source[0]["normals"], WALL)
    assert source[0]["keypoints"][1].tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("image", IMAGE[0] / 255, r"1: image: float64 of shape \(4, 5, 3\); expected uint8 \[H, W, 3\]"),
        ("image", IMAGE[0, ..., 0], r"uint8 of shape \(4, 5\)"),
        ("normals", WALL * 0.5, "1: normals: 100% of the vectors are not of length 1"),
        ("normals", WALL * np.nan, "1: normals, pixel .*expected vectors of length 1"),
        ("depth_meters", MAP - 1.0, "1: depth_meters, pixel \\[0, 0\\]: depth -1"),
        ("depth_meters", np.zeros((5, 4)), "1: depth_meters: 4 x 5 px, but its image has 5 x 4"),
        ("semantic_ids", MAP - 2.0, "1: semantic_ids, pixel \\[0, 0\\]: class id -2"),
        ("semantic_ids", MAP + 0.5, "1: semantic_ids, pixel .*class id 0.5; expected 0 to 1"),
        ("salient_object", MAP + 0.5, "values .0.5.; expected 0, 1, 255"),
        ("instance_ids", MAP + 0.5, "float64 with fractions; expected whole numbers"),
        ("salient_object", MAP + 7, r"1: salient_object: values \[7\]; expected 0, 1, 255"),
        ("edges", np.uint8([[0, 255, 0, 0, 0]] * 4), "1: edges: 255 and no 1; expected 1 on an edge"),
        ("saliency_map", MAP + 200, "200; expected at most 1"),
        ("semantic_ids", MAP + 2, "class id 2; expected 0 to 1"),
        ("classes", [2], "1: classes: 2; expected at most 1"),
        ("known_classes", [2], "1: known_classes: 2; expected at most 1"),
        ("areas", [-1.0], "1: areas: -1.0; expected numbers from 0 up"),
        ("areas", [1.0, 2.0], "1: areas: 2 for 1 boxes; expected one each"),
        ("classes", [0, 1], "1: classes: 2 for 1 boxes; expected one each"),
        ("boxes_xyxy", [[0, 0, 1, 1], [0, 0]], "rows of several lengths"),
        ("edges", np.arange(20).reshape(4, 5), r"values \[0, 1, 2, 3, …\]; expected 0, 1, 255"),
        ("saliency_map", MAP + np.inf, "1: saliency_map: NaN or infinity"),
        ("regions", np.full((4, 5, 1), 40000), "40000; expected at most 32767"),
        ("regions", MAP, r"shape \(4, 5\); expected 3 axes"),
        ("boxes_xyxy", np.ones((2, 5)), r"shape \(2, 5\); expected 2 axes, 4 along the last"),
        ("boxes_xyxy", [[1, 1, 3, 3], [3, 1, 1, 3]], r"boxes_xyxy\[1\]: \[3, 1, 1, 3\]; expected left, top"),
        ("classes", [-2], "1: classes: -2; expected numbers from -1 up"),
        ("classes", ["cat"], "<U3; expected numbers"),
        ("keypoints", [[5.0, 1, 1, 2]], "1: keypoints, keypoint 1: .* within the image of 5 x 4 px"),
    ],
)
def test_labels_that_are_none(key, value, message):
    """The second image's; the first is as it should be."""
    right = {
        "image": IMAGE[0], "normals": WALL, "depth_meters": MAP, "semantic_ids": MAP, "salient_object": MAP,
        "edges": MAP, "instance_ids": MAP, "saliency_map": MAP, "regions": MAP[..., None], "keypoints": np.ones((1, 4)),
        "boxes_xyxy": np.ones((1, 4)), "classes": [0], "areas": [1], "known_classes": [0],
    }  # fmt: skip
    arrays = {"image": IMAGE, "boxes_xyxy": [right["boxes_xyxy"]] * 2, "classes": [right["classes"]] * 2}
    arrays[key] = [right[key], value]
    source = Arrays(arrays, ["cat", "dog"])
    (fault,) = faults_of(source)
    assert re.search(message, str(fault)), fault
    with pytest.raises(DataError, match=message):
        source[1]
