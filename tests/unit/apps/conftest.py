"""A run folder that holds a config and nothing else, for apps whose work is replaced."""

import pytest

from tests.unit.experiments.small import make_config
from xdomain_keras.experiments.facts import Facts
from xdomain_keras.experiments.run_folder import RunFolder


@pytest.fixture
def run_folder(tmp_path):
    run = RunFolder(tmp_path / "run")
    run.create(make_config(), Facts({}), {})
    return run
