import pytest

from xdomain_keras.apps.configs import read_config
from xdomain_keras.errors import ConfigError


def test_a_config_is_read_by_its_packaged_name_or_by_its_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = read_config("mmd_alignment/scenes", ["seed=3"])
    assert (config.name, config.seed) == ("scenes", 3)
    (tmp_path / "own.yaml").write_text("name: mine\nimage_size: [32, 32]\ndomains: {}\n")
    assert read_config("own.yaml").name == "mine"


def test_the_backend_of_the_config_is_started(monkeypatch):
    started = []
    monkeypatch.setattr("xdomain_keras.apps.backend.start_backend", started.append)
    read_config("mmd_alignment/scenes", ["backend=torch"])
    read_config("mmd_alignment/scenes")
    assert started == ["torch", None]


def test_what_is_not_a_config_is_named(tmp_path):
    with pytest.raises(ConfigError, match="is a folder; give a config file"):
        read_config(str(tmp_path))
    with pytest.raises(ConfigError, match="mmd_alignment/scense: No such file or directory.*did you mean `mmd_alignm"):
        read_config("mmd_alignment/scense")
