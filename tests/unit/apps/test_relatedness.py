import json

import pytest

from tests.unit.apps.apps import call
from xdomain_keras.apps import relatedness
from xdomain_keras.parts import Parts

RESULT = {"relatedness": 0.12345, "images": 7, "domain": "road", "split": "test"}


@pytest.fixture
def asked(monkeypatch):
    given = []

    def measure(*arguments):
        *chosen, parts = arguments
        assert isinstance(parts, Parts)
        given.append(tuple(chosen))
        return RESULT

    monkeypatch.setattr("xdomain_keras.experiments.relatedness.relatedness", measure)
    return given


def test_the_figure_is_said_with_its_images(asked, run_folder):
    assert call(relatedness, run_folder.path, "other") == "task relatedness 0.123 over 7 images of road\n"
    assert asked == [(str(run_folder.path), "other", None, "test", 100, 0)]


def test_images_can_be_chosen(asked, run_folder):
    given = ["--domain", "attic", "--split", "train", "--images", "7", "--seed", "3", "--json"]
    assert json.loads(call(relatedness, run_folder.path, "other", *given)) == RESULT
    assert asked == [(str(run_folder.path), "other", "attic", "train", 7, 3)]
