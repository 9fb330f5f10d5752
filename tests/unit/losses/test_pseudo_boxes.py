import numpy as np
from keras import ops

from xdomain_keras.losses.pseudo_boxes import pseudo_target


def test_boxes_are_taken_that_are_sure_new_and_not_annotated():
    y_true = np.zeros((1, 3, 7), "float32")
    y_true[0, 0, 4] = 1  # of three classes the first is annotated
    y_true[0, 1] = [0, 0, 0.2, 0.2, 1, 0, 0]
    boxes = np.float32([[[0.5, 0.5, 1, 1], [0.5, 0, 1, 0.4], [0, 0, 0.2, 0.2], [0, 0.5, 0.3, 1], [0.4, 0.4, 0.5, 0.5]]])
    classes, scores = np.int32([[1, 0, 2, 2, -1]]), np.float32([[0.9, 0.9, 0.9, 0.5, 0.9]])
    target, count = pseudo_target(y_true, boxes, scores, classes, 0.6)
    target = ops.convert_to_numpy(target)
    assert float(count) == 1 and target.shape == (1, 6, 7)
    # Taken is the first; the others are annotated, on a labelled object, unsure, and padding.
    assert target[0, 1].tolist() == [0.5, 0.5, 1, 1, 0, 1, 0] and not target[0, 2:].any() and not target[0, 0].any()
