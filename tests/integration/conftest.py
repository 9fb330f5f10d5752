"""One small training for all tests that only read what it left behind."""

import types

import pytest

from tests.integration.experiment import call, make_experiment, write_experiment


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """The run of `xdomain train` on six images: `folder`, `config` (path), `run` (path), `code`, `out` and `err`."""
    folder = tmp_path_factory.mktemp("small")
    config, run = write_experiment(make_experiment(folder / "data")), folder / "run"
    code, out, err = call("train", config, "--run", run)
    return types.SimpleNamespace(folder=folder, config=config, run=run, code=code, out=out, err=err)
