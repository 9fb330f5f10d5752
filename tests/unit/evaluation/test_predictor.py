import cv2
import numpy as np
import pytest
from keras import ops

from xdomain_keras.evaluation.predictor import build_predictor, predict

SHAPES = ((48, 64), (32, 32), (20, 50), (64, 16), (33, 31))


@pytest.fixture(scope="module")
def predictor(network, tasks):
    return build_predictor(network, tasks)


@pytest.fixture(scope="module")
def samples():
    rng = np.random.default_rng(0)
    return [{"image": rng.integers(0, 256, (*shape, 3), np.uint8)} for shape in SHAPES]


@pytest.fixture(scope="module")
def predictions(predictor, tasks, samples):
    return [predicted for _, predicted in predict(predictor, tasks, samples, batch_size=4)]


def test_outputs_are_flat_and_those_of_the_decoders(network, tasks, predictor):
    fields = {"detection_boxes_xyxy", "detection_scores", "detection_classes", "saliency_map"}
    assert set(predictor.output) == fields
    batch = np.random.default_rng(1).uniform(0, 255, (4, 32, 32, 3)).astype("float32")
    raw, decoded = network.predict_on_batch(batch), predictor.predict_on_batch(batch)
    for name, task in tasks.items():
        for field, expected in task.decoder(network)(raw[name]).items():
            given = ops.convert_to_numpy(decoded[f"{name}_{field}"])
            np.testing.assert_allclose(given, ops.convert_to_numpy(expected), atol=1e-5)


def test_only_the_heads_asked_for_are_computed(network, tasks):
    part = build_predictor(network, {"saliency": tasks["saliency"]})
    assert set(part.output) == {"saliency_map"}
    assert not [layer.name for layer in part._flatten_layers() if layer.name.startswith("detection")]


def test_it_shares_the_weights_of_the_network(network, predictor):
    assert {id(variable) for variable in predictor.variables} == {id(variable) for variable in network.variables}


def test_there_is_one_prediction_an_image_in_its_own_pixels(predictions):
    assert [prediction["saliency"]["saliency_map"].shape for prediction in predictions] == list(SHAPES)
    for (height, width), prediction in zip(SHAPES, predictions, strict=True):
        boxes = prediction["detection"]["boxes_xyxy"]
        assert len(boxes) == len(prediction["detection"]["scores"]) == len(prediction["detection"]["classes"]) > 0
        assert boxes.min() >= 0 and np.all(boxes.max(0) <= (width, height, width, height))
        assert prediction["detection"]["classes"].min() >= 0  # the padding of the decoder is gone


def test_a_prediction_comes_with_its_sample(predictor, tasks, samples):
    labelled = [{**sample, "id": str(row)} for row, sample in enumerate(samples)]
    found = [sample for sample, _ in predict(predictor, tasks, labelled, batch_size=2)]
    assert all(one is other for one, other in zip(found, labelled, strict=True))


def test_the_whole_image_is_what_the_network_sees(predictor, tasks, samples, predictions):
    """Resized to the network's input, it gives the same boxes as parts of the image."""
    scale = np.float32([32 / 64, 32 / 48, 32 / 64, 32 / 48])
    small = cv2.resize(samples[0]["image"], (32, 32), interpolation=cv2.INTER_AREA)
    ((_, other),) = predict(predictor, tasks, [{"image": small}], batch_size=4)
    boxes = predictions[0]["detection"]["boxes_xyxy"]
    assert boxes.shape == other["detection"]["boxes_xyxy"].shape
    np.testing.assert_allclose(boxes * scale, other["detection"]["boxes_xyxy"], atol=1e-2)


def test_a_batch_that_is_filled_up_changes_nothing(predictor, tasks, samples, predictions):
    """The fifth image stood alone in a batch of 4; here it comes first."""
    again = [predicted for _, predicted in predict(predictor, tasks, samples[::-1], batch_size=4)][::-1]
    assert len(again) == len(predictions)
    for first, second in zip(predictions, again, strict=True):
        np.testing.assert_allclose(first["saliency"]["saliency_map"], second["saliency"]["saliency_map"], atol=1e-5)
        np.testing.assert_allclose(first["detection"]["scores"], second["detection"]["scores"], atol=1e-5)


def test_images_are_read_a_batch_at_a_time(predictor, tasks, samples):
    read = []

    def stream():
        for number, sample in enumerate(samples):
            read.append(number)
            yield sample

    predicted = predict(predictor, tasks, stream(), batch_size=4)
    next(predicted)
    assert read == [0, 1, 2, 3]


def test_no_image_gives_no_prediction(predictor, tasks):
    assert list(predict(predictor, tasks, [])) == []
