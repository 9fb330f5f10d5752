import hypothesis
import numpy as np
import pytest
from hypothesis import strategies
from keras import ops

from tests.unit.losses.gradients import gradient
from tests.unit.losses.literal_ssd import ANCHORS, code, match, overlap
from xdomain_keras.losses import SegmentationLoss, SSDLoss
from xdomain_keras.losses.class_sets import members_of, set_cross_entropy

rng = np.random.default_rng(0)


def literal(members, logits):
    """`-log Σ_S p` with plain sums."""
    p = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    return -np.log(p[members].sum()) if members.any() else 0.0


@hypothesis.given(strategies.integers(0, 10**6))
def test_it_is_the_sum_written_out(seed):
    rng = np.random.default_rng(seed)
    logits, members = rng.normal(0, 4, (6, 5)), rng.random((6, 5)) < 0.5
    found = ops.convert_to_numpy(set_cross_entropy(members, logits.astype("float32")))
    np.testing.assert_allclose(
        found, [literal(*row) for row in zip(members, logits, strict=True)], rtol=1e-5, atol=2e-6
    )


def test_one_class_is_cross_entropy_and_all_classes_cost_nothing():
    logits = rng.normal(0, 3, (4, 7)).astype("float32")
    entropy = np.log(np.exp(logits).sum(-1)) - logits[np.arange(4), [0, 3, 6, 2]]
    found = set_cross_entropy(np.eye(7, dtype=bool)[[0, 3, 6, 2]], logits)
    np.testing.assert_allclose(ops.convert_to_numpy(found), entropy, rtol=1e-5)
    assert (ops.convert_to_numpy(set_cross_entropy(np.ones((4, 7), bool), logits)) == 0).all()


@pytest.mark.parametrize("scale", [1.0, 1e4])
def test_an_empty_set_has_no_gradient_and_large_logits_have_a_finite_one(scale):
    logits = (scale * rng.normal(0, 1, (3, 4))).astype("float32")
    members = np.array([[0, 0, 0, 0], [1, 0, 0, 0], [1, 1, 1, 1]], bool)
    slope = gradient(lambda x: ops.sum(set_cross_entropy(members, x)), logits)
    assert np.isfinite(slope).all() and (slope[0] == 0).all()


def test_codes_are_classes_then_sets_and_nothing_below_0():
    found = ops.convert_to_numpy(members_of(np.array([[2, 3], [4, -1]]), [[0, 1], [1, 2]], 3))
    assert found.astype(int).tolist() == [[[0, 0, 1], [1, 1, 0]], [[0, 1, 1], [0, 0, 0]]]


def test_segmentation_with_sets_is_a_loop_over_pixels():
    logits = rng.normal(0, 2, (2, 4, 5, 3)).astype("float32")
    ids, sets = rng.integers(-1, 5, (2, 4, 5, 1)), [[0, 1], [0, 1, 2]]
    table = [np.isin(np.arange(3), own) for own in ([0], [1], [2], *sets)]
    expected = [
        np.mean([literal(table[i], x) for i, x in zip(own.ravel(), image.reshape(-1, 3), strict=True) if i >= 0])
        for own, image in zip(ids, logits, strict=True)
    ]
    found = ops.convert_to_numpy(SegmentationLoss(sets, reduction=None)(ids.astype("float32"), logits))
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    # Where every value is one class, the table changes nothing.
    plain = np.minimum(ids, 2).astype("float32")
    both = [ops.convert_to_numpy(SegmentationLoss(own, reduction=None)(plain, logits)) for own in ((), sets)]
    np.testing.assert_allclose(*both, rtol=1e-6)


GRID = np.float32([[column / 4, row / 4, (column + 1) / 4, (row + 1) / 4] for row in range(4) for column in range(4)])


def detection_target(known, rows, room=4, classes=3):
    """One target: which classes are annotated, then (box, values behind it)."""
    target = np.zeros((1, 1 + room, 4 + classes), np.float32)
    target[0, 0, 4:] = known
    for row, (box, values) in zip(target[0, 1:], rows, strict=False):
        row[:4], row[4:] = box, values
    return target


def random_logits(seed=0):
    return np.random.default_rng(seed).normal(0, 2, (1, 16, 4 + 1 + 3)).astype("float32")


def ssd(target, prediction, **options):
    return float(SSDLoss(GRID, class_sets=True, reduction=None, **options)(target, prediction)[0])


def test_an_unmatched_anchor_may_be_what_is_not_annotated():
    """No box: the three hardest anchors pay -log(p_background + p_unannotated), and are the hardest by that."""
    prediction = random_logits()
    for known in ([1, 1, 1], [1, 0, 1], [0, 1, 0], [0, 0, 0]):
        costs = [
            literal(np.array([True, *(not each for each in known)]), x) for x in prediction[0, :, 4:].astype(float)
        ]
        found = ssd(detection_target(known, []), prediction)
        assert found == pytest.approx(sum(sorted(costs)[-3:]), rel=1e-5, abs=1e-5)


def test_a_box_of_several_classes_costs_their_sum():
    prediction, box = random_logits(1), [0, 0, 0.25, 0.25]
    coarse = ssd(detection_target([1, 1, 1], [(box, [1, 0, 1])]), prediction, negative_ratio=0, location_weight=0)
    assert coarse == pytest.approx(literal(np.array([False, True, False, True]), prediction[0, 0, 4:]), rel=1e-5)


@pytest.mark.parametrize(
    ("box", "values", "left_out"),
    [
        ([0, 0, 0.25, 0.25], [0, 0, 0], {0}),  # ignored, on one anchor
        ([0, 0, 0.5, 0.25], [0, 0, 0], {0, 1}),  # ignored: two anchors overlap it by half
        ([0, 0, 0.5, 0.5], [0, -1, 0], {0, 1, 4, 5}),  # a crowd with four anchors in it
        ([0, 0, 0.25, 0.12], [-1, 0, 0], set()),  # a crowd that covers less than half of an anchor
    ],
)
def test_ignored_boxes_and_crowds_are_not_mined(box, values, left_out):
    prediction = random_logits(2)
    costs = [literal(np.array([True, False, False, False]), x) for x in prediction[0, :, 4:].astype(float)]
    kept = [cost for place, cost in enumerate(costs) if place not in left_out]
    found = ssd(detection_target([1, 1, 1], [(box, values)]), prediction, negative_ratio=99)
    assert found == pytest.approx(sum(kept), rel=1e-5)


def reference(target, prediction, ratio=3):
    """The loss of one image with sets, anchor by anchor."""
    annotated, rows = target[0, 4:] > 0, [row for row in target[1:].tolist() if any(row)]
    present = [row for row in rows if max(row[4:]) > 0]
    matched, class_loss, box_loss, negatives = match([row[:4] for row in present], 0.5), 0.0, 0.0, []
    for anchor, index, values in zip(ANCHORS.tolist(), matched, prediction.astype("float64"), strict=True):
        if index >= 0:
            class_loss += literal(np.array([False, *(value > 0 for value in present[index][4:])]), values[4:])
            box_loss += np.abs(np.array(code(present[index][:4], anchor)) - values[:4]).sum()
            continue
        ignored = any(max(row[4:]) == 0 == min(row[4:]) and overlap(row[:4], anchor) >= 0.5 for row in rows)
        crowded = any(min(row[4:]) < 0 and covered(anchor, row[:4]) >= 0.5 for row in rows)
        if not ignored and not crowded:
            negatives.append(literal(np.array([True, *~annotated]), values[4:]))
    positives = max(1, sum(index >= 0 for index in matched))
    return (class_loss + sum(sorted(negatives, reverse=True)[: ratio * positives]) + box_loss) / positives


def covered(anchor, box):
    """Which part of an anchor lies in a box."""
    sides = [max(min(anchor[2 + k], box[2 + k]) - max(anchor[k], box[k]), 0) for k in (0, 1)]
    return sides[0] * sides[1] / ((anchor[2] - anchor[0]) * (anchor[3] - anchor[1]))


def random_targets(rng, count, room=5, classes=3):
    """Images with boxes of one class, of several, to be ignored, and crowds; some or none of the classes annotated."""
    target = np.zeros((count, 1 + room, 4 + classes), np.float32)
    for image in target:
        image[0, 4:] = rng.random(classes) < 0.6
        for row in image[1 : 1 + rng.integers(0, room + 1)]:
            corner = rng.uniform(0, 0.6, 2)
            row[:4] = [*corner, *(corner + rng.uniform(0.1, 0.4, 2))]
            row[4:] = (rng.random(classes) < 0.5) * rng.choice([1, 1, 1, -1])
    return target


def test_it_is_a_loop_over_anchors():
    rng = np.random.default_rng(5)
    target, prediction = random_targets(rng, 60), rng.normal(0, 2, (60, len(ANCHORS), 8)).astype("float32")
    kinds = np.stack([(target[:, 1:, 4:].max(-1) > 0), (target[:, 1:, 4:].min(-1) < 0)])
    assert kinds.any((1, 2)).all()  # objects and crowds; ignored boxes have neither
    found = ops.convert_to_numpy(SSDLoss(ANCHORS, class_sets=True, reduction=None)(target, prediction))
    np.testing.assert_allclose(
        found, [reference(*each) for each in zip(target, prediction, strict=True)], rtol=1e-6, atol=1e-6
    )


@pytest.mark.parametrize(
    ("known", "rows"),
    [
        ([1, 1, 1], []),
        ([0, 0, 0], []),
        ([0, 0, 0], [([0, 0, 1, 1], [0, 0, 0])]),
        ([1, 0, 0], [([0, 0, 1, 1], [-1, 0, 0]), ([0.1, 0.1, 0.3, 0.4], [1, 1, 1])]),
    ],
)
def test_gradients_are_finite(known, rows):
    loss, target = SSDLoss(GRID, class_sets=True), detection_target(known, rows)
    assert np.isfinite(gradient(lambda x: loss(target, x), random_logits(3))).all()


def test_with_everything_annotated_it_is_the_plain_loss():
    rng = np.random.default_rng(4)
    corner = rng.uniform(0, 0.6, (5, 3, 2))
    boxes, classes = (
        np.concatenate([corner, corner + rng.uniform(0.1, 0.4, (5, 3, 2))], -1),
        rng.integers(-1, 3, (5, 3)),
    )
    plain = np.concatenate([boxes, classes[..., None]], -1).astype("float32")
    members = np.eye(3)[classes] * (classes[..., None] >= 0)
    rows = np.concatenate([boxes * (classes[..., None] >= 0), members], -1)
    first = np.concatenate([np.zeros((5, 1, 4)), np.ones((5, 1, 3))], -1)
    target = np.concatenate([first, rows], 1).astype("float32")
    prediction = rng.normal(0, 2, (5, 16, 8)).astype("float32")
    both = [(SSDLoss(GRID), plain), (SSDLoss(GRID, class_sets=True), target)]
    values = [float(loss(y_true, prediction)) for loss, y_true in both]
    assert values[0] == pytest.approx(values[1], rel=1e-6)
    slopes = [gradient(lambda x, own=own: own[0](own[1], x), prediction) for own in both]
    np.testing.assert_allclose(*slopes, atol=1e-6)


def test_it_is_saved_with_its_options():
    loss = SSDLoss.from_config(SSDLoss(GRID, class_sets=True).get_config())
    assert loss.class_sets and SegmentationLoss.from_config(SegmentationLoss([[0, 1]]).get_config()).class_sets == [
        [0, 1]
    ]
