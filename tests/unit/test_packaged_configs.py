import pytest

from xdomain_keras.errors import ConfigError
from xdomain_keras.packaged_configs import find_config, packaged_configs


def test_packaged_configs_go_by_folder_and_name():
    configs = packaged_configs()
    assert {"forkme", "mmd_alignment/scenes", "mmd_alignment/paper_joint", "mmd_alignment/crowd_osie"} <= set(configs)
    assert all(path.is_file() and path.stem == name.split("/")[-1] for name, path in configs.items())


@pytest.mark.parametrize(
    "name", ["mmd_alignment/scenes", "mmd_alignment/scenes.yaml", "configs/mmd_alignment/scenes.yaml"]
)
def test_a_config_is_found_by_its_name_from_anywhere(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_config(name) == find_config(name, tmp_path / "absent") == packaged_configs()["mmd_alignment/scenes"]


def test_a_file_goes_before_a_packaged_config_and_a_folder_behind_it(tmp_path):
    own = tmp_path / "mmd_alignment" / "scenes.yaml"
    (tmp_path / "mmd_alignment" / "scenes").mkdir(parents=True)
    assert find_config("mmd_alignment/scenes", tmp_path) == packaged_configs()["mmd_alignment/scenes"]
    own.touch()
    assert find_config("mmd_alignment/scenes.yaml", tmp_path) == own
    with pytest.raises(ConfigError, match="mmd_alignment: is a folder; give a config file"):
        find_config("mmd_alignment", tmp_path)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mmd_alignment/scense", "did you mean `mmd_alignment/scenes`"),
        ("mmd_alignment/scense.yaml", "did you mean `mmd_alignment/scenes`"),
        ("paper_joint", "did you mean `mmd_alignment/paper_joint`?"),
        ("scenes", "`class_agnostic/scenes` or `head_freeze/scenes` or `mmd_alignment/scenes`?"),
        ("zzz", "`xdomain list configs` names those that exist."),
        ("", "is a folder; give a config file."),
        ("a\0b", r"'a\x00b': No such file or directory"),
        ("a\nb", r"'a\nb': No such file or directory"),
        ("x" * 5000, "File name too long"),
    ],
)
def test_what_is_missing_is_one_line_with_what_is_near(name, expected, tmp_path):
    with pytest.raises(ConfigError) as error:
        find_config(name, tmp_path)
    assert expected in str(error.value) and "\n" not in str(error.value) and "\0" not in str(error.value)
