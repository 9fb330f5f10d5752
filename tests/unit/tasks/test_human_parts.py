import numpy as np

from xdomain_keras.tasks import HumanParts, Segmentation


def test_it_stands_beside_a_segmentation_of_the_same_image():
    parts, classes = HumanParts("parts", (2, 2)), Segmentation("classes", (2, 2), ["a", "b"])
    sample = {"id": "a", "semantic_ids": np.int32([[0, 1], [1, 1]]), "part_ids": np.int32([[0, 6], [-1, 2]])}
    assert parts.encode(sample)[..., 0].tolist() == [[0, 6], [-1, 2]]
    assert classes.encode(sample)[..., 0].tolist() == [[0, 1], [1, 1]]
    assert not parts.has_labels({"id": "b", "semantic_ids": 0}) and parts.head().channels == 7


def test_other_parts_may_be_named():
    assert HumanParts("parts", (2, 2), names=["background", "hand"]).head().channels == 2


def test_predictions_have_the_key_of_the_labels():
    task = HumanParts("parts", (2, 2))
    prediction = task.prediction({"ids": np.int64([[0, 6], [1, 2]])}, (4, 4))
    assert prediction["part_ids"].shape == (4, 4) and prediction["part_ids"].max() == 6
