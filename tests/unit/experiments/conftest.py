"""Networks of five layers in place of the published backbones, and one run for all tests that only read it."""

import types

import pytest

from tests.unit.experiments.small import make_config, make_sources
from tests.unit.training import tiny
from xdomain_keras.experiments.train import train


def patch_backbone(patch):
    patch.setattr("xdomain_keras.experiments.model.build_backbone", lambda **options: tiny.make_backbone())


@pytest.fixture(autouse=True)
def five_layers(monkeypatch):
    """Every network of these tests has a backbone of `tiny.make_backbone`."""
    patch_backbone(monkeypatch)


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A run of two epochs: its `RunFolder` and the sources that it was trained on."""
    sources = make_sources()
    with pytest.MonkeyPatch.context() as patch:
        patch_backbone(patch)
        folder = tmp_path_factory.mktemp("finished") / "run"
        run = train(make_config(), folder, sources=sources)
    return types.SimpleNamespace(run=run, sources=sources)
