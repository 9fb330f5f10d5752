import itertools
import types

import keras
import numpy as np
import pytest
from keras import ops

from xdomain_keras.data.labels import DenseLabel
from xdomain_keras.errors import XDomainError
from xdomain_keras.evaluation.infer import infer

SIZE = (4, 6)


class Recorded:
    """As much of a model as inference asks for: it answers with each image's mean, and keeps what it was given."""

    input = types.SimpleNamespace(shape=(None, *SIZE, 3))

    def __init__(self):
        self.batches = []

    def predict_on_batch(self, images):
        self.batches.append(images)
        return images.mean(axis=(1, 2, 3))


def grey(value, size=(8, 6), **labels):
    return {"image": np.full((*size, 3), value, np.uint8), "id": str(value), **labels}


def test_a_stream_is_read_no_further_than_the_batch_that_is_asked_for():
    read = []

    def stream():
        for number in range(10_000):
            read.append(number)
            yield grey(number % 256)

    model = Recorded()
    said = infer(model, stream(), batch_size=16)
    assert read == []
    assert float(next(said)[2]) == 0 and read == list(range(16))
    assert [float(value) for *_, value in itertools.islice(said, 15)] == list(range(1, 16))
    assert read == list(range(16)) and len(model.batches) == 1
    next(said)
    assert read == list(range(32)) and len(model.batches) == 2


def test_every_batch_is_full_and_what_fills_it_up_is_not_heard_of():
    model, values = Recorded(), [3, 5, 7, 11, 13]
    found = [float(value) for *_, value in infer(model, [grey(value) for value in values], batch_size=4)]
    assert found == values
    assert [batch.shape for batch in model.batches] == [(4, *SIZE, 3)] * 2
    assert model.batches[1][:, 0, 0, 0].tolist() == [13] * 4  # with an image as real as the others
    assert all(batch.dtype == np.float32 for batch in model.batches)
    exact = Recorded()
    assert len(list(infer(exact, map(grey, range(8)), batch_size=4))) == 8 and len(exact.batches) == 2


def test_no_sample_asks_the_model_for_nothing():
    model = Recorded()
    assert list(infer(model, [])) == [] and model.batches == []


def test_a_sample_comes_back_as_it_was_and_at_the_size_of_the_model():
    depth = np.arange(48, dtype=np.float32).reshape(8, 6)
    given = [grey(9, depth_meters=depth), grey(7, size=SIZE)]
    for sample, (own, resized, _) in zip(given, infer(Recorded(), given), strict=True):
        assert own is sample and own["id"] == resized["id"]
        assert resized["image"].shape[:2] == SIZE
        assert own["depth_meters"] is depth if "depth_meters" in own else "depth_meters" not in resized
    (_, resized, _), _ = infer(Recorded(), given)
    assert resized["depth_meters"].shape == SIZE and depth.shape == (8, 6)


def test_labels_from_outside_are_resized_by_their_own_kind():
    albedo = DenseLabel("albedo", channels=3)
    sample = grey(9, albedo=np.ones((8, 6, 3), np.float32))
    ((_, resized, _),) = infer(Recorded(), [sample], kinds={"albedo": albedo})
    assert resized["albedo"].shape == (*SIZE, 3)
    with pytest.raises(XDomainError, match="albedo"):
        list(infer(Recorded(), [sample]))


def test_outputs_are_nested_as_the_models_are():
    images = keras.Input((*SIZE, 3))
    mean = keras.layers.GlobalAveragePooling2D()(images)
    maps = keras.layers.AveragePooling2D(2)(images)
    model = keras.Model(images, {"outputs": {"a": mean, "b": maps}, "features": {"c": 2 * mean}})
    for value, (*_, said) in zip((1, 2, 3), infer(model, map(grey, (1, 2, 3)), batch_size=2), strict=True):
        assert set(said) == {"outputs", "features"} and set(said["outputs"]) == {"a", "b"}
        assert all(isinstance(array, np.ndarray) for array in keras.tree.flatten(said))
        np.testing.assert_allclose(said["outputs"]["a"], [value] * 3, rtol=1e-6)
        np.testing.assert_allclose(said["features"]["c"], [2 * value] * 3, rtol=1e-6)
        assert said["outputs"]["b"].shape == (2, 3, 3)


def test_batches_of_any_size_say_the_same():
    images = keras.Input((*SIZE, 3))
    model = keras.Model(images, keras.layers.Conv2D(2, 3)(images))
    samples = [{"image": np.random.default_rng(0).integers(0, 256, (8, 6, 3), np.uint8)} for _ in range(5)]
    batch = np.stack([resized["image"] for _, resized, _ in infer(model, samples)]).astype("float32")
    expected = ops.convert_to_numpy(model(batch))
    for size in (1, 2, 5, 7):
        found = np.stack([said for *_, said in infer(model, samples, size)])
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-3)
