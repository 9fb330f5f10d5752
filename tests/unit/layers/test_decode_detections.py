import keras
import numpy as np
import pytest
from keras import ops

from xdomain_keras.layers import DecodeDetections, encode_boxes, make_anchors

ANCHORS = make_anchors((64, 64), [(4, 4), (2, 2)], (0.2, 0.4, 0.8), (2,))
BOXES = np.array([[0.1, 0.1, 0.3, 0.35], [0.5, 0.4, 0.9, 0.8]], "float32")


def raw_output():
    """A head that is sure of two boxes, each found by two neighbouring anchors."""
    logits = np.tile(np.array([9.0, 0, 0, 0], "float32"), (len(ANCHORS), 1))
    targets = ANCHORS.copy()
    for rows, box, label in (((5, 6), BOXES[0], 1), ((70, 71), BOXES[1], 3)):
        for strength, row in enumerate(rows):
            logits[row] = 0
            logits[row, label] = 8 + strength
            targets[row] = box
    codes = ops.convert_to_numpy(encode_boxes(targets, ANCHORS))
    return np.concatenate([codes, logits], axis=-1)[None]


def network(batch=None):
    inputs = keras.Input((len(ANCHORS), 8), batch_size=batch)
    return keras.Model(inputs, DecodeDetections(ANCHORS, score_threshold=0.2, max_detections=5)(inputs))


def test_known_boxes_come_back_once():
    result = DecodeDetections(ANCHORS, score_threshold=0.2, max_detections=5)(raw_output())
    result = {key: ops.convert_to_numpy(value) for key, value in result.items()}
    assert sorted(result["classes"][0, :2].tolist()) == [0, 2] and (result["classes"][0, 2:] == -1).all()
    order = np.argsort(result["classes"][0, :2])
    np.testing.assert_allclose(result["boxes_xyxy"][0, :2][order], BOXES, atol=1e-5)
    assert (result["scores"][0, :2] > 0.99).all()


def test_in_a_graph_as_eagerly():
    eager = DecodeDetections(ANCHORS, score_threshold=0.2, max_detections=5)(raw_output())
    graph = network().predict(np.repeat(raw_output(), 3, axis=0), verbose=0)
    for key, value in eager.items():
        assert graph[key].dtype == ops.convert_to_numpy(value).dtype
        np.testing.assert_allclose(graph[key], np.repeat(ops.convert_to_numpy(value), 3, axis=0), atol=1e-6)


def test_a_saved_layer_is_the_same(tmp_path):
    network().save(tmp_path / "decode.keras")
    loaded = keras.models.load_model(tmp_path / "decode.keras")
    np.testing.assert_array_equal(loaded.layers[1].anchors, ANCHORS)
    for key, value in network().predict(raw_output(), verbose=0).items():
        np.testing.assert_array_equal(loaded.predict(raw_output(), verbose=0)[key], value)


def test_half_precision_does_not_reach_it():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        assert DecodeDetections(ANCHORS).compute_dtype == "float32"
    finally:
        keras.config.set_dtype_policy(before)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="SavedModel is TensorFlow's")
def test_inside_a_saved_model_with_dynamic_batch(tmp_path):
    import tensorflow as tf

    network().export(tmp_path / "exported", verbose=False)
    served = tf.saved_model.load(tmp_path / "exported").serve(np.repeat(raw_output(), 2, axis=0))
    for key, value in network().predict(np.repeat(raw_output(), 2, axis=0), verbose=0).items():
        np.testing.assert_allclose(served[key], value, atol=1e-6)
