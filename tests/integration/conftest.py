"""One small training for all tests that only read what it left behind."""

import pytest

from tests.integration.experiment import train_experiment


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """The run of `xdomain train` on six images: `folder`, `config` (path), `run` (path), `code`, `out` and `err`."""
    return train_experiment(tmp_path_factory.mktemp("small"))
