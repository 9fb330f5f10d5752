import numpy as np
import pytest
from keras import ops
from keras.random import SeedGenerator

from tests.unit.terms.pairs import PRESENT, SIZE, TASKS, make_step, prepared, value
from xdomain_keras.errors import ConfigError
from xdomain_keras.layers.crop_resize import crop_resize, random_windows
from xdomain_keras.terms import CropConsistency


def step_with(forward, **options):
    step = make_step(forward=forward, **options)
    images = np.random.default_rng(1).uniform(0, 255, (len(PRESENT), *SIZE, 3))
    step.images["room"] = ops.array(images, "float32")
    return step


def heads(images):
    """A network of one look at a pixel: cropping before and after it is the same, but for its softmax."""
    x = ops.cast(images, "float32") / 255
    return {"segmentation": 3 * x, "depth": x[..., :1], "normals": x}


def test_it_is_equation_2_over_the_unlabelled_tasks():
    windows = []

    def forward(domain, images):
        assert domain == "room"
        windows.append(images)
        return {"outputs": {name: output + 0.5 for name, output in heads(images).items()}}

    step, term = step_with(forward, absent=np.nan), prepared(CropConsistency(seed=3))
    scalar, count = term.compute(step)["room"]
    # The windows that were drawn, read off the seed again.
    drawn = random_windows(len(PRESENT), 0.5, SeedGenerator(3))
    np.testing.assert_allclose(
        ops.convert_to_numpy(windows[0]), ops.convert_to_numpy(crop_resize(step.images["room"], drawn)), rtol=1e-5
    )
    again = forward("room", windows[0])["outputs"]
    expected = 0
    for n, row in enumerate(PRESENT):
        terms = []
        for column, (name, task) in enumerate(TASKS.items()):
            if not row[column]:
                seen = task.map_prediction(crop_resize(step.outputs["room"][name], drawn))
                there = task.map_prediction(again[name])
                terms.append(np.mean((ops.convert_to_numpy(seen)[n] - ops.convert_to_numpy(there)[n]) ** 2))
        expected += np.mean(terms) / len(PRESENT) if terms else 0
    np.testing.assert_allclose(float(ops.convert_to_numpy(scalar)), expected, rtol=1e-5)
    assert int(ops.convert_to_numpy(count)) == (1 - PRESENT).sum()


def test_a_prediction_that_follows_the_crop_costs_nothing():
    """Also where the deepest pixel lies outside the window: depth is a ramp."""
    step = step_with(lambda domain, images: {"outputs": heads(images)})
    ramp = np.linspace(20, 250, SIZE[1])[None, None, :, None] * np.ones((len(PRESENT), *SIZE, 3))
    step.images["room"] = ops.array(ramp, "float32")
    step.outputs["room"] = heads(step.images["room"])
    assert value(prepared(CropConsistency()), step) == pytest.approx(0, abs=1e-9)
    step.outputs["room"] = heads(ops.flip(step.images["room"], axis=2))
    assert value(prepared(CropConsistency()), step) > 1e-3


def test_a_window_without_size_is_an_error():
    with pytest.raises(ConfigError, match="crop_consistency.smallest is 0"):
        CropConsistency(smallest=0)
