import numpy as np
import pytest

from xdomain_keras.data import Arrays, Unannotated
from xdomain_keras.errors import ConfigError

IMAGES = np.zeros((2, 4, 4, 3), np.uint8)


def test_boxes_of_hidden_classes_are_gone_with_all_that_belongs_to_them():
    boxes = [np.float32([[0, 0, 2, 2], [1, 1, 3, 3]]), np.zeros((0, 4), np.float32)]
    more = {"classes": [np.int32([1, 0]), np.int32([])], "crowd": [np.array([True, False]), np.zeros(0, bool)]}
    source = Unannotated(Arrays({"image": IMAGES, "boxes_xyxy": boxes, **more}, ["cat", "dog"]), {"boxes": ["dog"]})
    assert source[0]["boxes_xyxy"].tolist() == [[1, 1, 3, 3]] and source[0]["classes"].tolist() == [0]
    assert source[0]["crowd"].tolist() == [False] and len(source[1]["classes"]) == 0
    assert source.names["boxes"] == ("cat", "dog")  # nobody knows that a name is missing


def test_hidden_keypoints_are_unknown():
    rows = np.float32([[[1, 1, 1, 2], [2, 2, 1, 2]]] * 2)
    source = Unannotated(Arrays({"image": IMAGES, "keypoints": rows}, {"keypoints": ["a", "b"]}), {"keypoints": ["a"]})
    assert source[0]["keypoints"][:, 3].tolist() == [0, 2] and rows[0, 0, 3] == 2


def test_what_cannot_be_hidden_is_refused():
    maps = Arrays({"image": IMAGES, "semantic_ids": np.zeros((2, 4, 4), np.int32)}, ["road", "sky"])
    with pytest.raises(
        ConfigError, match="labels of the kind semantic_ids cannot be taken away by class; map them with"
    ):
        Unannotated(maps, {"semantic_ids": ["sky"]})
    boxes = Arrays({"image": IMAGES, "boxes_xyxy": [np.zeros((0, 4))] * 2, "classes": [np.zeros(0)] * 2}, ["cat"])
    with pytest.raises(ConfigError, match="unknown class `cta`; did you mean `cat`"):
        Unannotated(boxes, {"boxes": ["cta"]})
