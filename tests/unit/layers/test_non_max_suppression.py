import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from xdomain_keras.layers.non_max_suppression import non_max_suppression


def overlap(a, b):
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - width * height
    return width * height / union if union > 0 else 0.0


def greedy(boxes, scores, iou_threshold, score_threshold, max_detections, num_candidates):
    """The textbook loop over one image: rows of (box, score, class)."""
    pairs = [(-scores[a, c], a * scores.shape[1] + c, a, c) for a in range(len(boxes)) for c in range(scores.shape[1])]
    kept = []
    for negative, _, a, c in sorted(pairs)[:num_candidates]:
        if -negative <= score_threshold:
            break
        if all(c != other or overlap(boxes[a], boxes[b]) <= iou_threshold for b, other in kept):
            kept.append((a, c))
    return kept[:max_detections]


def suppress(boxes, scores, *options):
    result = non_max_suppression(ops.convert_to_tensor(boxes), ops.convert_to_tensor(scores), *options)
    return {key: ops.convert_to_numpy(value) for key, value in result.items()}


def random_set(seed, batch=2, num_boxes=30, num_classes=3):
    generator = np.random.default_rng(seed)
    low, size = generator.uniform(0, 0.6, (batch, num_boxes, 2)), generator.uniform(0.05, 0.4, (batch, num_boxes, 2))
    boxes = np.concatenate([low, low + size], axis=-1).astype("float32")
    # Scores without equals: a permutation.
    scores = generator.permutation(batch * num_boxes * num_classes).reshape(batch, num_boxes, num_classes)
    return boxes, (scores / scores.size).astype("float32")


def check_against_greedy(boxes, scores, *options):
    result = suppress(boxes, scores, *options)
    for image in range(len(boxes)):
        kept = greedy(boxes[image], scores[image], *options)
        count = len(kept)
        assert result["classes"][image].tolist() == [c for _, c in kept] + [-1] * (options[2] - count)
        np.testing.assert_array_equal(result["boxes_xyxy"][image, :count], [boxes[image, a] for a, _ in kept])
        np.testing.assert_array_equal(result["scores"][image, :count], [scores[image, a, c] for a, c in kept])
        assert not result["scores"][image, count:].any() and not result["boxes_xyxy"][image, count:].any()


@settings(max_examples=12, deadline=None, derandomize=True)
@given(st.integers(0, 10**6), st.sampled_from([0.0, 0.2, 0.5, 1.0]), st.sampled_from([0.0, 0.5]))
def test_equals_the_greedy_loop(seed, iou_threshold, score_threshold):
    check_against_greedy(*random_set(seed), iou_threshold, score_threshold, 20, 60)


@pytest.mark.parametrize("num_candidates", [5, 20, 45])
def test_equals_the_greedy_loop_with_many_equal_scores(num_candidates):
    boxes, scores = random_set(1)
    check_against_greedy(boxes, np.round(scores, 1), 0.4, 0.1, 20, num_candidates)


def test_equals_the_greedy_loop_when_more_is_asked_for_than_there_is():
    check_against_greedy(*random_set(0, num_boxes=4), 0.3, 0.1, 50, 400)


def test_a_chain_settles_as_the_loop_does():
    """Each box overlaps the next only, so every second one survives: the longest way to the fixpoint."""
    left = np.arange(20, dtype="float32") * 0.5
    boxes = np.stack([left, np.zeros(20), left + 1, np.ones(20)], axis=-1)[None].astype("float32")
    scores = np.linspace(1, 0.5, 20, dtype="float32")[None, :, None]
    result = suppress(boxes, scores, 0.3, 0.0, 20, 20)
    assert (result["classes"][0] == 0).sum() == 10
    np.testing.assert_array_equal(result["boxes_xyxy"][0, :10, 0], left[::2])


def test_of_equal_scores_the_lower_index_stays():
    boxes = np.array([[[0, 0, 1, 1], [0, 0, 1, 0.9], [2, 2, 3, 3], [0, 0, 1, 0.8]]], "float32")
    scores = np.full((1, 4, 2), 0.5, "float32")
    result = suppress(boxes, scores, 0.5, 0.0, 5, 8)
    assert result["classes"].tolist() == [[0, 1, 0, 1, -1]]
    np.testing.assert_array_equal(result["boxes_xyxy"][0, :, 3], [1, 1, 3, 3, 0])


def test_classes_do_not_suppress_each_other():
    boxes = np.array([[[0, 0, 1, 1], [0, 0, 1, 1]]], "float32")
    scores = np.array([[[0.9, 0.0], [0.0, 0.8]]], "float32")
    assert suppress(boxes, scores, 0.5, 0.1, 3, 4)["classes"].tolist() == [[0, 1, -1]]


def test_nothing_over_the_threshold_is_all_padding():
    boxes, scores = random_set(0)
    result = suppress(boxes, scores * 0, 0.5, 0.0, 7, 20)
    assert (result["classes"] == -1).all() and not result["scores"].any() and not result["boxes_xyxy"].any()
    assert result["classes"].dtype == np.int32 and result["boxes_xyxy"].shape == (2, 7, 4)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="the oracle is TensorFlow's own operation")
def test_equals_tensorflows_operation():
    import tensorflow as tf

    boxes, scores = random_set(3, batch=1, num_boxes=60, num_classes=1)
    index = tf.image.non_max_suppression(
        boxes[0][:, [1, 0, 3, 2]], scores[0, :, 0], 60, 0.4, score_threshold=0.0
    ).numpy()
    result = suppress(boxes, scores, 0.4, 0.0, 60, 60)
    np.testing.assert_array_equal(result["boxes_xyxy"][0, : len(index)], boxes[0][index])
    assert (result["classes"][0, len(index) :] == -1).all()
