import itertools

import keras
import numpy as np
import pytest

from xdomain_keras.evaluation import speed
from xdomain_keras.evaluation.speed import compare_speed, random_images


class Clock:
    """Time that passes only while a model runs."""

    def __init__(self):
        self.now, self.ran = 0.0, []

    def perf_counter(self):
        return self.now


class Model:
    """Takes the seconds given, turn by turn."""

    def __init__(self, clock, name, *seconds):
        self.clock, self.name, self.seconds = clock, name, itertools.cycle(seconds)
        self.input = keras.KerasTensor((None, 4, 6, 3))

    def predict_on_batch(self, images):
        assert images.shape == (8, 4, 6, 3) and images.dtype == np.float32
        self.clock.ran.append(self.name)
        self.clock.now += next(self.seconds)


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(speed, "time", clock)
    return clock


def test_models_take_turns_and_the_first_two_do_not_count(clock):
    models = {"quick": Model(clock, "quick", 100, 50, 1, 1, 1), "slow": Model(clock, "slow", 9, 9, 4, 4, 4)}
    assert compare_speed(models, rounds=3) == {"quick": 8.0, "slow": 2.0}
    assert clock.ran == ["quick", "slow"] * 5


def test_the_median_turn_counts(clock):
    assert compare_speed({"shaky": Model(clock, "shaky", 9, 9, 2, 2, 1000)}, rounds=3) == {"shaky": 4.0}


def test_models_of_a_list_run_one_after_the_other(clock):
    both = [Model(clock, "a", 1), Model(clock, "b", 3)]
    assert compare_speed({"both": both}, rounds=1) == {"both": 2.0}


def test_noise_has_the_shape_of_the_input():
    images = random_images(Model(None, ""), 2)
    assert images.shape == (2, 4, 6, 3) and 0 <= images.min() < 5 and 250 < images.max() <= 255
