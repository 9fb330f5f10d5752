import keras
import numpy as np
import pytest
from keras import ops

from tests.unit.losses.gradients import gradient
from xdomain_keras.errors import ConfigError
from xdomain_keras.losses import SaliencyLoss

PARTS = ("bce", "mse", "nss", "cc")


@pytest.fixture
def batch():
    rng = np.random.default_rng(0)
    density = rng.random((4, 6, 8)).astype("float32")
    fixations = rng.poisson(0.2, (4, 6, 8)).astype("float32")
    fixations[3] = 0  # nobody looked at the last image
    logits = (2 * density - 1 + rng.normal(0, 1, density.shape)).astype("float32")
    return np.stack([density, fixations], axis=-1), logits[..., None]


def reference(y_true, y_pred):
    """Dict of part → value of each image, written out with NumPy in double precision."""
    values = {part: [] for part in (*PARTS, "score")}
    for (density, fixations), logits in zip(
        np.moveaxis(y_true, -1, 1).astype("float64"), y_pred[..., 0].astype("float64"), strict=True
    ):
        saliency = 1 / (1 + np.exp(-logits))
        values["bce"].append(-np.mean(density * np.log(saliency) + (1 - density) * np.log(1 - saliency)))
        values["mse"].append(np.mean((saliency - density) ** 2))
        standard = (saliency - saliency.mean()) / saliency.std()
        score = np.average(standard, weights=fixations) if fixations.any() else 0.0
        values["score"].append(score)
        values["nss"].append(-score)
        values["cc"].append(-np.corrcoef(density.ravel(), saliency.ravel())[0, 1])
    return {part: np.array(value) for part, value in values.items()}


def per_image(y_true, y_pred, **weights):
    loss = SaliencyLoss(**{**dict.fromkeys(PARTS, 0.0), **weights}, reduction=None)
    return ops.convert_to_numpy(loss(y_true, y_pred))


@pytest.mark.parametrize("part", PARTS)
def test_each_part_is_its_formula(batch, part):
    np.testing.assert_allclose(per_image(*batch, **{part: 1.0}), reference(*batch)[part], rtol=1e-4, atol=1e-6)


def test_the_whole_is_the_weighted_sum(batch):
    parts = reference(*batch)
    weights = {"bce": 1.5, "mse": 7.0, "nss": 0.5, "cc": 2.0}
    expected = sum(weight * parts[part] for part, weight in weights.items())
    np.testing.assert_allclose(per_image(*batch, **weights), expected, rtol=1e-4)
    defaults = parts["bce"] + 10 * parts["mse"] + parts["nss"] + parts["cc"]
    np.testing.assert_allclose(float(SaliencyLoss()(*batch)), defaults.mean(), rtol=1e-4)


@pytest.mark.parametrize("form", ["negative", "inverse", "literal"])
def test_each_form_of_the_scanpath_term(batch, form):
    score = reference(*batch)["score"][:3]
    expected = {"negative": -score, "inverse": 1 / np.maximum(score, 0.1), "literal": -1 / score}[form]
    found = per_image(*batch, nss=1.0, nss_form=form)[:3]
    np.testing.assert_allclose(found, expected, rtol=1e-3)


@pytest.mark.parametrize(("form", "wanted"), [("negative", 1), ("inverse", 1), ("literal", -1)])
def test_going_downhill_raises_the_score_except_as_printed(form, wanted):
    rng = np.random.default_rng(1)
    y_true = np.zeros((1, 6, 8, 2), "float32")
    y_true[0, 2, 3, 1] = 1
    logits = rng.normal(0, 0.3, (1, 6, 8, 1)).astype("float32")
    logits[0, 2, 3] = 1.0  # the score is positive and over 0.1

    def score(y_pred):
        return float(per_image(y_true, y_pred, nss=-1.0)[0])

    loss = SaliencyLoss(0, 0, 1, 0, nss_form=form)
    slope = gradient(lambda x: loss(ops.convert_to_tensor(y_true), x), logits)
    assert wanted * (score(logits - 0.01 * slope) - score(logits)) > 0


@pytest.mark.parametrize("form", ["negative", "inverse", "literal"])
@pytest.mark.parametrize("level", [-90.0, 0.0, 90.0])
def test_constant_maps_and_images_without_fixations_have_finite_gradients(form, level):
    y_true = np.zeros((2, 6, 8, 2), "float32")
    y_true[1, 2, 3] = 1
    loss = SaliencyLoss(nss_form=form)
    y_pred = np.full((2, 6, 8, 1), level, "float32")
    assert np.isfinite(float(loss(y_true, y_pred)))
    assert np.isfinite(gradient(lambda x: loss(ops.convert_to_tensor(y_true), x), y_pred)).all()


def test_an_image_without_fixations_moves_no_scanpath_term():
    y_true = np.zeros((1, 6, 8, 2), "float32")
    logits = np.random.default_rng(0).normal(size=(1, 6, 8, 1)).astype("float32")
    for form in ("negative", "inverse", "literal"):
        loss = SaliencyLoss(0, 0, 1, 0, nss_form=form)
        assert not gradient(lambda x, loss=loss: loss(ops.convert_to_tensor(y_true), x), logits).any()


@pytest.mark.parametrize("form", ["negative", "inverse", "literal"])
def test_of_a_density_alone_the_parts_without_fixations_are_left(batch, form):
    y_true = batch[0] * np.float32([1, 0])
    parts = reference(*batch)
    expected = parts["bce"] + 10 * parts["mse"] + parts["cc"]
    found = ops.convert_to_numpy(SaliencyLoss(nss_form=form, reduction=None)(y_true, batch[1]))
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_a_smaller_output_is_stretched_to_the_target(batch):
    y_true, logits = batch
    small = logits[:, ::2, ::2]
    stretched = ops.image.resize(small, (6, 8), interpolation="bilinear")
    np.testing.assert_allclose(
        float(SaliencyLoss()(y_true, small)), float(SaliencyLoss()(y_true, stretched)), rtol=1e-6
    )


def test_it_saves_and_loads_with_its_options():
    loss = SaliencyLoss(bce=2.0, mse=3.0, nss=4.0, cc=5.0, nss_form="inverse", name="gaze")
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    assert type(again) is SaliencyLoss and again.get_config() == loss.get_config()
    assert again.get_config()["nss_form"] == "inverse" and again.name == "gaze"


def test_an_unknown_form_is_an_error():
    with pytest.raises(ConfigError, match="SaliencyLoss: unknown nss_form `positive`; known are inverse"):
        SaliencyLoss(nss_form="positive")
