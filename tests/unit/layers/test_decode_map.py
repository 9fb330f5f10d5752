import keras
import numpy as np
import pytest
from keras import ops

from xdomain_keras.errors import ConfigError
from xdomain_keras.layers import DecodeClasses, DecodeMap

LOGITS = np.float32([-90, -9.7, -1.25, 0, 0.3, 8.125, 90]).reshape(1, 7, 1, 1)


def network():
    inputs = keras.Input((None, None, 1))
    return keras.Model(inputs, DecodeMap("sigmoid", name="gaze_decoder")(inputs))


def test_it_is_the_sigmoid():
    result = DecodeMap("sigmoid")(LOGITS)
    assert list(result) == ["map"]
    expected = 1 / (1 + np.exp(-LOGITS.astype("float64")))
    np.testing.assert_allclose(ops.convert_to_numpy(result["map"]), expected, rtol=1e-5, atol=1e-30)


def test_half_precision_does_not_reach_it():
    expected = ops.convert_to_numpy(DecodeMap("sigmoid")(LOGITS)["map"])
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        found = ops.convert_to_numpy(DecodeMap("sigmoid")(LOGITS)["map"])
    finally:
        keras.config.set_dtype_policy(before)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, expected)


def test_a_saved_layer_is_the_same(tmp_path):
    model = network()
    model.save(tmp_path / "decode.keras")
    loaded = keras.models.load_model(tmp_path / "decode.keras")
    assert isinstance(loaded.layers[1], DecodeMap) and loaded.layers[1].name == "gaze_decoder"
    np.testing.assert_array_equal(
        ops.convert_to_numpy(loaded(LOGITS)["map"]), ops.convert_to_numpy(model(LOGITS)["map"])
    )


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="SavedModel is TensorFlow's")
def test_inside_a_saved_model_with_dynamic_batch(tmp_path):
    import tensorflow as tf

    network().export(tmp_path / "exported", verbose=False)
    served = tf.saved_model.load(tmp_path / "exported").serve(np.repeat(LOGITS, 3, axis=0))
    np.testing.assert_allclose(
        served["map"], np.repeat(ops.convert_to_numpy(DecodeMap("sigmoid")(LOGITS)["map"]), 3, axis=0), atol=1e-6
    )


@pytest.mark.parametrize("activation", ["sigmoid", "linear", "relu", "unit"])
def test_each_activation_is_its_formula(activation):
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 3)).astype("float32")
    x[0, 0, 0] = 0
    expected = {
        "sigmoid": 1 / (1 + np.exp(-x)),
        "linear": x,
        "relu": x.clip(0),
        "unit": x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1e-6),
    }[activation]
    np.testing.assert_allclose(ops.convert_to_numpy(DecodeMap(activation)(x)["map"]), expected, rtol=1e-5, atol=1e-6)


def test_an_unknown_activation_is_refused():
    with pytest.raises(ConfigError, match="DecodeMap: unknown activation `tanh`; known are linear, relu"):
        DecodeMap("tanh")


def test_maps_are_stretched_before_the_activation():
    row = np.float32([-4, 4]).reshape(1, 1, 2, 1)
    decoded = ops.convert_to_numpy(DecodeMap("relu", size=(1, 4))(row)["map"]).ravel()
    np.testing.assert_allclose(decoded, [0, 0, 2, 4], atol=1e-6)
    assert DecodeMap.from_config(DecodeMap("relu", size=[1, 4]).get_config()).size == (1, 4)


def test_classes_are_the_likeliest_and_their_probability():
    logits = np.random.default_rng(0).normal(0, 3, (2, 3, 4, 5)).astype("float32")
    decoded = {key: ops.convert_to_numpy(value) for key, value in DecodeClasses()(logits).items()}
    scores = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    np.testing.assert_array_equal(decoded["ids"], logits.argmax(-1))
    np.testing.assert_allclose(decoded["score"], scores.max(-1), rtol=1e-5)
    assert DecodeClasses(size=(6, 8))(logits)["ids"].shape == (2, 6, 8)
    assert DecodeClasses.from_config(DecodeClasses(size=(6, 8)).get_config()).size == (6, 8)
