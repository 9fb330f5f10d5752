"""The simulated gaze follows objects, not only the middle of the picture."""

import numpy as np
import pytest

from xdomain_keras.data.scenes import render
from xdomain_keras.data.scenes.fixations import FIXATIONS_EACH, NUM_VIEWERS, gaze_density, simulate_gaze, weigh_objects


def standard_score(density, fixations):
    """Return the NSS: the mean of the standardised density at the fixated pixels."""
    columns, rows = fixations.astype(int).T
    return ((density - density.mean()) / density.std())[rows, columns].mean()


@pytest.mark.parametrize("world", ["street", "room"])
def test_objects_explain_the_gaze_better_than_a_centre_prior(world):
    samples = [render(world, "synthetic", (64, 64), seed) for seed in range(40)]
    densities = [gaze_density(world, s, weigh_objects(world, s["image"], s)) for s in samples]
    prior = np.mean(densities[:20], axis=0)
    own = np.mean([standard_score(d, s["fixations_xy"]) for d, s in zip(densities[20:], samples[20:], strict=True)])
    centre = np.mean([standard_score(prior, s["fixations_xy"]) for s in samples[20:]])
    assert own > 1.6 * centre > 0


def test_fixations_fall_on_objects_more_often_than_objects_fill_the_picture():
    on, filled = [], []
    for seed in range(12):
        sample = render("room", "photo", (64, 64), seed)
        columns, rows = sample["fixations_xy"].astype(int).T
        on.append((sample["instance_ids"][rows, columns] > 0).mean())
        filled.append((sample["instance_ids"] > 0).mean())
    assert np.mean(on) > 2 * np.mean(filled)


def test_the_salient_object_draws_the_most_gaze():
    sample = render("street", "synthetic", (96, 96), 0)
    weights = weigh_objects("street", sample["image"], sample)
    assert np.isclose(weights.sum(), 1)
    assert sample["salient_object"][sample["instance_ids"] == weights.argmax() + 1].all()
    assert not sample["salient_object"][sample["instance_ids"] == 0].any()


def test_a_picture_without_objects_has_gaze_but_no_salient_object():
    labels = {
        "instance_ids": np.zeros((20, 30), np.int32),
        "boxes_xyxy": np.zeros((0, 4), np.float32),
        "classes": np.zeros(0, np.int32),
    }
    gaze = simulate_gaze("street", np.zeros((20, 30, 3), np.uint8), labels, np.random.default_rng(0))
    assert gaze["fixations_xy"].shape == (NUM_VIEWERS * FIXATIONS_EACH, 2)
    assert not gaze["salient_object"].any()
