import keras
import numpy as np
import pytest
from keras import ops

from tests.rounding import assert_equal_up_to_rounding
from tests.unit.losses.gradients import gradient
from tests.unit.losses.literal_ssd import ANCHORS, code, match
from xdomain_keras.errors import ConfigError
from xdomain_keras.losses import SSDLoss
from xdomain_keras.losses.ssd_loss import match_anchors

NUM_CLASSES = 3


def reference(y_true, y_pred, location="l1", threshold=0.5, ratio=3, location_weight=1.0):
    """The loss of each image, without a tensor in sight."""
    losses = []
    for rows, predicted in zip(y_true.tolist(), y_pred.astype("float64"), strict=True):
        present = [row for row in rows if row[4] >= 0]
        matched = match([row[:4] for row in present], threshold)
        class_loss, box_loss, negatives = 0.0, 0.0, []
        for anchor, index, (*codes, background, first, second, third) in zip(ANCHORS, matched, predicted, strict=True):
            logits = [background, first, second, third]
            label = int(present[index][4]) + 1 if index >= 0 else 0
            cross_entropy = np.log(np.sum(np.exp(logits))) - logits[label]
            if index < 0:
                negatives.append(cross_entropy)
                continue
            class_loss += cross_entropy
            for wanted, given in zip(code(present[index][:4], anchor.tolist()), codes, strict=True):
                distance = abs(wanted - given)
                box_loss += (
                    0.5 * distance**2
                    if location == "smooth_l1" and distance < 1
                    else (distance - 0.5 if location == "smooth_l1" else distance)
                )
        positives = max(1, sum(index >= 0 for index in matched))
        class_loss += sum(sorted(negatives, reverse=True)[: ratio * positives])
        losses.append((class_loss + location_weight * box_loss) / positives)
    return np.array(losses)


def per_image(y_true, y_pred, **options):
    return ops.convert_to_numpy(SSDLoss(ANCHORS, **options, reduction=None)(y_true, y_pred))


def padded(*images, room=5):
    """Targets of images given as lists of [x, y, x, y, class]."""
    target = np.zeros((len(images), room, 5), "float32")
    target[..., 4] = -1
    for row, boxes in zip(target, images, strict=True):
        row[: len(boxes)] = np.reshape(boxes, (-1, 5))
    return target


def random_target(rng, batch=6):
    images = []
    for count in rng.integers(0, 6, batch):
        corner, extent = rng.uniform(0, 0.6, (count, 2)), rng.uniform(0.1, 0.4, (count, 2))
        images.append(np.concatenate([corner, corner + extent, rng.integers(0, NUM_CLASSES, (count, 1))], axis=1))
    return padded(*images)


def random_prediction(rng, batch):
    return rng.normal(0, 2, (batch, len(ANCHORS), 5 + NUM_CLASSES)).astype("float32")


IMAGES = {
    "on an anchor": [[0, 0, 1 / 3, 1 / 3, 0]],
    "no anchor reaches the threshold": [[0.28, 0.28, 0.45, 0.45, 2]],
    "two boxes, one best anchor": [[0.01, 0, 0.33, 0.33, 0], [0, 0.02, 0.33, 0.33, 1]],
    "the same box twice": [[0, 0, 0.33, 0.33, 0], [0, 0, 0.33, 0.33, 2]],
    "equal overlap with four anchors": [[1 / 6, 1 / 6, 1 / 2, 1 / 2, 1]],
    "empty": [],
    "full": [
        [0, 0, 0.3, 0.3, 0],
        [0.3, 0.3, 0.6, 0.7, 1],
        [0.1, 0.1, 0.9, 0.8, 2],
        [0.7, 0.7, 1, 1, 0],
        [0, 0.6, 0.3, 1, 1],
    ],
}


@pytest.mark.parametrize("location", ["l1", "smooth_l1"])
@pytest.mark.parametrize("image", IMAGES)
def test_it_is_the_plain_transcription_on_each_corner_case(image, location):
    y_true = padded(IMAGES[image])
    y_pred = random_prediction(np.random.default_rng(3), 1)
    np.testing.assert_allclose(
        per_image(y_true, y_pred, location=location), reference(y_true, y_pred, location), rtol=1e-4
    )


@pytest.mark.parametrize(
    "options", [{}, {"location": "smooth_l1", "location_weight": 0.5}, {"iou_threshold": 0.3}, {"negative_ratio": 1}]
)
def test_it_is_the_plain_transcription_on_random_batches(options):
    rng = np.random.default_rng(0)
    y_true = random_target(rng, 24)
    y_pred = random_prediction(rng, 24)
    given = {"iou_threshold": "threshold", "negative_ratio": "ratio"}
    expected = reference(y_true, y_pred, **{given.get(key, key): value for key, value in options.items()})
    np.testing.assert_allclose(per_image(y_true, y_pred, **options), expected, rtol=2e-4)


def test_matching_forces_each_box_and_lets_the_later_one_keep_a_shared_anchor():
    y_true = padded(*IMAGES.values())
    index, positive = match_anchors(
        ops.convert_to_tensor(ANCHORS), y_true[..., :4], ops.convert_to_tensor(y_true[..., 4] >= 0)
    )
    found = np.where(ops.convert_to_numpy(positive), ops.convert_to_numpy(index), -1)
    assert found.tolist() == [match([box[:4] for box in boxes], 0.5) for boxes in IMAGES.values()]
    shared = list(IMAGES).index("two boxes, one best anchor")
    assert found[shared][0] == 1 and 0 not in found[shared]
    assert (found[list(IMAGES).index("no anchor reaches the threshold")] >= 0).sum() == 1
    assert (found[list(IMAGES).index("empty")] == -1).all()


def test_padding_of_any_value_changes_nothing():
    rng = np.random.default_rng(1)
    y_true = random_target(rng)
    y_pred = random_prediction(rng, len(y_true))
    wild = np.where(y_true[..., 4:] < 0, np.float32([0.2, 0.2, 0.9, 0.9, -1]), y_true)
    roomy = np.concatenate([y_true, np.full((len(y_true), 7, 5), -1, "float32")], axis=1)
    np.testing.assert_array_equal(per_image(wild, y_pred), per_image(y_true, y_pred))
    assert_equal_up_to_rounding(per_image(roomy, y_pred), per_image(y_true, y_pred))


def test_each_image_is_normalized_by_itself():
    rng = np.random.default_rng(2)
    y_true = padded(IMAGES["full"], IMAGES["on an anchor"], IMAGES["empty"])
    y_pred = random_prediction(rng, 3)
    alone = [float(per_image(y_true[i : i + 1], y_pred[i : i + 1])[0]) for i in range(3)]
    np.testing.assert_allclose(per_image(y_true, y_pred), alone, rtol=1e-6)
    np.testing.assert_allclose(float(SSDLoss(ANCHORS)(y_true, y_pred)), np.mean(alone), rtol=1e-6)


def test_three_negatives_a_positive_and_as_many_for_an_empty_image():
    y_true = padded(IMAGES["on an anchor"], IMAGES["empty"])
    y_pred = np.zeros((2, len(ANCHORS), 5 + NUM_CLASSES), "float32")
    y_pred[..., 4] = 20.0  # sure of the background everywhere …
    y_pred[:, 2:8, 4], y_pred[:, 2:8, 5] = 0.0, np.arange(10, 16)  # … but at six anchors sure of a class
    y_pred[0, 0, 4:6] = 0, 20
    slope = gradient(lambda x: ops.sum(SSDLoss(ANCHORS, reduction=None)(ops.convert_to_tensor(y_true), x)), y_pred)
    taught = np.abs(slope[..., 5]) > 1e-6
    assert [np.flatnonzero(row).tolist() for row in taught] == [[5, 6, 7], [5, 6, 7]]


@pytest.mark.parametrize("location", ["l1", "smooth_l1"])
def test_gradients_are_finite_and_boxes_learn_at_positives_only(location):
    y_true = padded(*IMAGES.values())
    y_pred = random_prediction(np.random.default_rng(4), len(y_true)) * 30
    loss = SSDLoss(ANCHORS, location=location)
    slope = gradient(lambda x: loss(ops.convert_to_tensor(y_true), x), y_pred)
    assert np.isfinite(slope).all()
    positive = [[index >= 0 for index in match([box[:4] for box in boxes], 0.5)] for boxes in IMAGES.values()]
    np.testing.assert_array_equal(slope[..., :4].any(-1), positive)


def test_it_saves_and_loads_with_its_options():
    loss = SSDLoss(ANCHORS, 0.4, 2.0, "smooth_l1", 0.5, name="boxes")
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    assert type(again) is SSDLoss and again.get_config() == loss.get_config()
    y_true, y_pred = padded(IMAGES["full"]), random_prediction(np.random.default_rng(5), 1)
    assert float(again(y_true, y_pred)) == float(loss(y_true, y_pred))


def test_an_unknown_location_loss_is_an_error():
    with pytest.raises(ConfigError, match="SSDLoss: unknown location `l2`; known are l1, smooth_l1"):
        SSDLoss(ANCHORS, location="l2")


def test_predictions_of_other_anchors_are_an_error():
    with pytest.raises(ValueError, match="y_pred has 10 anchors; expected 9"):
        SSDLoss(ANCHORS[:9])(padded(IMAGES["full"]), np.zeros((1, 10, 8), "float32"))
