import numpy as np

from tests.unit.losses.regions import assert_finite, draw, nothing_to_learn_from, per_image, softmax
from xdomain_keras.losses import ClassAgnosticEntropy, SegmentationLoss

LOSS = ClassAgnosticEntropy(reduction=None)


def test_it_is_the_smaller_of_both_entropies():
    ids, logits = draw(2, 2, num_images=4)
    for image, found in enumerate(per_image(LOSS, ids, logits)):
        known = ids[image, ..., 0] >= 0
        object_first = softmax(logits[image])[known]
        true = ids[image, ..., 0][known].astype(int)
        expected = min(-np.log(object_first[np.arange(len(true)), each]).mean() for each in (true, 1 - true))
        np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_turned_labels_cost_the_same_and_the_right_ones_no_more_than_cross_entropy():
    ids, logits = draw(2, 2, num_images=4)
    turned = np.where(ids >= 0, 1 - ids, -1)
    np.testing.assert_allclose(per_image(LOSS, ids, logits), per_image(LOSS, turned, logits), rtol=1e-6)
    entropy = per_image(SegmentationLoss(reduction=None), ids, logits)
    assert (per_image(LOSS, ids, logits) <= entropy + 1e-6).all()


def test_nothing_to_compare_leaves_value_and_gradient_finite():
    ids = np.minimum(nothing_to_learn_from(), 1)
    _, logits = draw(2, 2, num_images=3)
    assert not assert_finite(ClassAgnosticEntropy, ids, logits)[0].any()
    assert_finite(ClassAgnosticEntropy, ids, 1e4 * logits)
