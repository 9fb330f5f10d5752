import keras
import numpy as np
import pytest
from keras import ops

from xdomain_keras.layers import DecodeSaliency

LOGITS = np.float32([-90, -9.7, -1.25, 0, 0.3, 8.125, 90]).reshape(1, 7, 1, 1)


def network():
    inputs = keras.Input((None, None, 1))
    return keras.Model(inputs, DecodeSaliency(name="gaze_decoder")(inputs))


def test_it_is_the_sigmoid():
    result = DecodeSaliency()(LOGITS)
    assert list(result) == ["map"]
    expected = 1 / (1 + np.exp(-LOGITS.astype("float64")))
    np.testing.assert_allclose(ops.convert_to_numpy(result["map"]), expected, rtol=1e-5, atol=1e-30)


def test_half_precision_does_not_reach_it():
    expected = ops.convert_to_numpy(DecodeSaliency()(LOGITS)["map"])
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        found = ops.convert_to_numpy(DecodeSaliency()(LOGITS)["map"])
    finally:
        keras.config.set_dtype_policy(before)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, expected)


def test_a_saved_layer_is_the_same(tmp_path):
    model = network()
    model.save(tmp_path / "decode.keras")
    loaded = keras.models.load_model(tmp_path / "decode.keras")
    assert isinstance(loaded.layers[1], DecodeSaliency) and loaded.layers[1].name == "gaze_decoder"
    np.testing.assert_array_equal(
        ops.convert_to_numpy(loaded(LOGITS)["map"]), ops.convert_to_numpy(model(LOGITS)["map"])
    )


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="SavedModel is TensorFlow's")
def test_inside_a_saved_model_with_dynamic_batch(tmp_path):
    import tensorflow as tf

    network().export(tmp_path / "exported", verbose=False)
    served = tf.saved_model.load(tmp_path / "exported").serve(np.repeat(LOGITS, 3, axis=0))
    np.testing.assert_allclose(
        served["map"], np.repeat(ops.convert_to_numpy(DecodeSaliency()(LOGITS)["map"]), 3, axis=0), atol=1e-6
    )
