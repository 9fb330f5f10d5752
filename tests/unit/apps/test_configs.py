import pytest

from xdomain_keras.apps.configs import packaged_configs, read_config
from xdomain_keras.errors import ConfigError


def test_packaged_configs_go_by_folder_and_name():
    configs = packaged_configs()
    assert {"mmd_alignment/scenes", "mmd_alignment/paper_joint", "mmd_alignment/crowd_osie"} <= set(configs)
    assert all(path.is_file() and path.stem == name.split("/")[-1] for name, path in configs.items())


@pytest.mark.parametrize(
    "name", ["mmd_alignment/scenes", "mmd_alignment/scenes.yaml", "configs/mmd_alignment/scenes.yaml"]
)
def test_a_config_is_found_by_its_name_from_anywhere(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = read_config(name, ["seed=3"])
    assert (config.name, config.seed) == ("scenes", 3)


def test_a_file_goes_before_a_packaged_config(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mmd_alignment").mkdir()
    text = "name: mine\nimage_size: [32, 32]\ndomains: {}\n"
    (tmp_path / "mmd_alignment" / "scenes.yaml").write_text(text)
    assert read_config("mmd_alignment/scenes.yaml").name == "mine"


def test_the_backend_of_the_config_is_started(monkeypatch):
    started = []
    monkeypatch.setattr("xdomain_keras.apps.backend.start_backend", started.append)
    read_config("mmd_alignment/scenes", ["backend=torch"])
    read_config("mmd_alignment/scenes")
    assert started == ["torch", None]


def test_what_is_no_config_is_named(tmp_path):
    with pytest.raises(ConfigError, match="is a folder; give a config file"):
        read_config(str(tmp_path))
    with pytest.raises(ConfigError, match="mmd_alignment/scense: No such file or directory; `xdomain list` names"):
        read_config("mmd_alignment/scense")
