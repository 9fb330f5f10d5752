import numpy as np
from keras import ops

from xdomain_keras.losses import SSDLoss
from xdomain_keras.losses.pseudo_boxes import pseudo_target


def test_boxes_are_taken_that_are_sure_new_and_not_annotated():
    y_true = np.zeros((1, 4, 7), "float32")
    y_true[0, 0, 4] = 1  # of three classes the first is annotated
    y_true[0, 1] = [0, 0, 0.2, 0.2, 1, 0, 0]
    y_true[0, 2] = [0.8, 0, 1, 0.2, 0, 0, 0]  # a box that the labels ignore
    boxes = np.float32(
        [
            [0.5, 0.5, 1, 1],  # sure
            [0.5, 0, 1, 0.4],  # of the class that is annotated
            [0, 0, 0.2, 0.2],  # on a labelled object
            [0, 0.5, 0.3, 1],  # unsure
            [0.1, 0.5, 0.3, 1],  # below what is worth a doubt
            [0.4, 0.4, 0.5, 0.5],  # padding
        ]
    )
    classes, scores = np.int32([[1, 0, 2, 2, 2, -1]]), np.float32([[0.9, 0.9, 0.9, 0.5, 0.1, 0.9]])
    target, count = pseudo_target(y_true, boxes[None], scores, classes, 0.6, 0.2)
    target = ops.convert_to_numpy(target)[0]
    assert float(count) == 1 and target.shape == (1 + 6 + 3, 7)
    assert target[0].tolist() == [0, 0, 0, 0, 0, 1, 1]  # the others count as annotated now
    assert target[1].tolist() == [0.5, 0.5, 1, 1, 0, 1, 0]
    np.testing.assert_allclose(target[4], [0, 0.5, 0.3, 1, 0, 0, 0])
    np.testing.assert_allclose(target[8], y_true[0, 2])
    assert not np.delete(target, [0, 1, 4, 8], axis=0).any()


def test_what_is_neither_found_nor_doubted_is_background():
    """Of three anchors one is an object and one is doubted: the loss asks the third to be background."""
    anchors = np.float32([[0, 0, 0.5, 0.5], [0.5, 0.5, 1, 1], [0, 0.5, 0.5, 1]])
    y_true = np.zeros((1, 2, 6), "float32")
    y_true[0, 0, 4] = 1
    boxes, logits = anchors[None, :2], np.zeros((1, 3, 7), "float32")
    found = []
    for scores in ([0.9, 0.3], [0.9, 0.05], [0.3, 0.3]):
        target, _ = pseudo_target(y_true, boxes, np.float32([scores]), np.int32([[1, 1]]), 0.6, 0.1)
        found.append(float(SSDLoss(anchors, class_sets=True)(target, logits)))
    # The annotated class is nobody's business here: background or it, two of three.
    object_costs, nothing_costs = -np.log(1 / 3), -np.log(2 / 3)
    expected = [object_costs + nothing_costs, object_costs + 2 * nothing_costs, 0.0]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
