import json

import pytest

from tests.unit.apps.apps import call
from xdomain_keras.apps import profile
from xdomain_keras.parts import Parts


@pytest.fixture
def asked(monkeypatch):
    given = []

    def measure(config, batch_size, seconds, parts):
        assert isinstance(parts, Parts)
        given.append((config.name, config.seed, batch_size, seconds))
        parts = [{"part": "backbone", "parameters": 1234567, "train": "0.1"}]
        return {"parameters": 1234567, "images_per_second": 1234.56, "parts": parts}

    monkeypatch.setattr("xdomain_keras.experiments.profile.profile", measure)
    return given


def test_figures_are_a_line_each(asked):
    assert [line.split() for line in call(profile, "mmd_alignment/paper_joint").splitlines()] == [
        ["parameters", "1234567"],
        ["images_per_second", "1,234.6"],
        [],
        ["part", "parameters", "train"],
        ["backbone", "1,234,567", "0.1"],
    ]
    assert asked == [("paper_joint", 0, 1, 5.0)]


def test_batch_and_time_can_be_chosen(asked):
    given = ["--batch", "4", "--seconds", "0", "--json", "seed=2"]
    printed = call(profile, "mmd_alignment/paper_joint", *given)
    figures = json.loads(printed)
    assert figures.pop("parts")[0]["part"] == "backbone"
    assert figures == {"parameters": 1234567, "images_per_second": 1234.56}
    assert asked == [("paper_joint", 2, 4, 0.0)]
