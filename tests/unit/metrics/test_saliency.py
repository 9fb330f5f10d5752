import keras
import numpy as np
import pytest

from xdomain_keras.data.fixation_map import fixation_density
from xdomain_keras.errors import DataError
from xdomain_keras.metrics import SaliencyMetrics, auc_borji, auc_judd, auc_shuffled, correlation, nss, similarity

NAMES = ["NSS", "CC", "SIM", "KL", "AUC-Judd", "AUC-Borji", "sAUC"]


def draw_images(seed=0, num_images=4):
    generator = np.random.default_rng(seed)
    for index in range(num_images):
        height, width = 20 + index, 36 - 2 * index
        fixations = generator.random((15, 2)) * (width, height)
        yield {"fixations_xy": fixations.astype(np.float32)}, generator.random((height, width)).astype(np.float32)


def measure(images, **arguments):
    metrics = SaliencyMetrics(**arguments)
    for y_true, y_pred in images:
        metrics.update_state(y_true, y_pred)
    return metrics.result()


def test_result_is_the_mean_of_the_functions():
    images, result = list(draw_images()), measure(draw_images(), sigma_fraction=0.1)
    assert list(result) == NAMES and all(type(value) is float for value in result.values())
    pairs = [(y_true["fixations_xy"], y_pred) for y_true, y_pred in images]
    densities = [fixation_density(fixations, y_pred.shape, 0.1 * y_pred.shape[1]) for fixations, y_pred in pairs]
    assert result["NSS"] == pytest.approx(np.mean([nss(*pair) for pair in pairs]))
    assert result["AUC-Judd"] == pytest.approx(np.mean([auc_judd(*pair) for pair in pairs]))
    assert result["AUC-Borji"] == pytest.approx(
        np.mean([auc_borji(*pair, seed=[0, i]) for i, pair in enumerate(pairs)])
    )
    for name, score in (("CC", correlation), ("SIM", similarity)):
        assert result[name] == pytest.approx(np.mean([score(d, y) for d, (_, y) in zip(densities, pairs, strict=True)]))


@pytest.mark.parametrize("step", [0.1, 0.01, None])
def test_shuffled_auc_reads_the_other_images_at_the_same_relative_place(step):
    images = list(draw_images())
    result = measure(images, num_splits=None, step=step, distinct=False)
    expected = []
    for index, (y_true, y_pred) in enumerate(images):
        height, width = y_pred.shape
        # Fixations are kept as centres of their pixels.
        others = [
            (np.floor(labels["fixations_xy"]) + 0.5) * (width / other.shape[1], height / other.shape[0])
            for position, (labels, other) in enumerate(images)
            if position != index
        ]
        expected.append(
            auc_shuffled(y_true["fixations_xy"], y_pred, np.concatenate(others), None, step, distinct=False)
        )
    assert result["sAUC"] == pytest.approx(np.mean(expected), abs=1e-12)


def test_a_pixel_of_another_image_counts_once_an_image_by_default():
    saliency = np.zeros((2, 4))
    saliency[0] = [0, 1, 2, 3]
    here, elsewhere = np.array([[2.0, 0.0]]), np.array([[0.0, 0.0], [0.5, 0.5], [3.0, 0.0]])
    images = [({"fixations_xy": here}, saliency), ({"fixations_xy": elsewhere}, np.zeros((2, 4)))]
    # The second image scores 0.5; the first beats one of two pixels, or two of three fixations.
    assert measure(images, num_splits=None)["sAUC"] == pytest.approx((1 / 2 + 0.5) / 2)
    assert measure(images, num_splits=None, distinct=False)["sAUC"] == pytest.approx((2 / 3 + 0.5) / 2)


def test_images_without_fixations_are_skipped():
    images = list(draw_images())
    empty = ({"fixations_xy": np.zeros((0, 2), np.float32)}, np.random.default_rng(9).random((10, 10)))
    outside = ({"fixations_xy": np.array([[99.0, 5.0]])}, np.random.default_rng(9).random((10, 10)))
    assert measure([*images, empty, outside]) == measure(images)
    assert np.isnan(list(measure([empty]).values())).all()


def test_one_image_has_no_shuffled_auc():
    result = measure(list(draw_images())[:1])
    assert np.isnan(result.pop("sAUC"))
    assert np.isfinite(list(result.values())).all()


def test_weights_and_reset():
    images = list(draw_images())
    metrics = SaliencyMetrics()
    for position, (y_true, y_pred) in enumerate(images):
        metrics.update_state(y_true, y_pred, sample_weight=float(position < 2))
    assert metrics.result() == metrics.result() == measure(images[:2])
    metrics.reset_state()
    assert np.isnan(list(metrics.result().values())).all()
    metrics.update_state(*images[0], sample_weight=3.0)
    metrics.update_state(*images[1], sample_weight=1.0)
    first, second = (nss(y_true["fixations_xy"], y_pred) for y_true, y_pred in images[:2])
    assert metrics.result()["NSS"] == pytest.approx((3 * first + second) / 4)


def test_a_given_map_replaces_the_blur():
    y_true, y_pred = next(draw_images())
    density = np.random.default_rng(5).random(y_pred.shape).astype(np.float32)
    result = measure([({**y_true, "saliency_map": density, "edges": None}, y_pred)])
    assert result["CC"] == pytest.approx(correlation(density, y_pred))
    assert result["NSS"] == pytest.approx(nss(y_true["fixations_xy"], y_pred))
    only_map = measure([({"saliency_map": density}, y_pred)])
    assert only_map["CC"] == result["CC"] and np.isnan(only_map["NSS"])


def test_tensors_and_channels_are_accepted():
    images = list(draw_images())
    tensors = [
        (
            {"fixations_xy": keras.ops.convert_to_tensor(y_true["fixations_xy"])},
            keras.ops.convert_to_tensor(y[..., None]),
        )
        for y_true, y in images
    ]
    assert measure(tensors) == pytest.approx(measure(images))


def test_config_round_trip():
    metrics = SaliencyMetrics(sigma_fraction=0.05, distinct=False, num_splits=None, step=None, seed=4, name="gaze")
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(metrics))
    assert isinstance(copy, SaliencyMetrics) and copy.get_config() == metrics.get_config()


def test_maps_are_kept_small():
    y, x = np.mgrid[:480, :640]
    metrics = SaliencyMetrics()
    metrics.update_state({"fixations_xy": np.array([[3.0, 4.0]])}, np.exp(-((x - 300) ** 2 + (y - 200) ** 2) / 1e4))
    assert len(metrics._images[0][2]) < 0.05 * 480 * 640


def test_errors():
    metrics = SaliencyMetrics()
    with pytest.raises(DataError, match="give `fixations_xy` or `saliency_map`"):
        metrics.update_state({"edges": 1}, np.zeros((4, 4)))
    with pytest.raises(DataError, match=r"expected two equal \[H, W\]"):
        metrics.update_state({"saliency_map": np.eye(5)}, np.eye(4))
    with pytest.raises(DataError, match=r"expected \[H, W\]"):
        metrics.update_state({"fixations_xy": np.zeros((1, 2))}, np.zeros((2, 4, 4)))
