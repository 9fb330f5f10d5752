"""Finding configs by path, or by the names of those that come with the package."""

import importlib.resources
import pathlib

from xdomain_keras.config import load_config
from xdomain_keras.errors import ConfigError


def packaged_configs():
    """Dict of name (`mmd_alignment/scenes`) → path of every config that comes with the package."""
    beside = pathlib.Path(__file__).resolve().parent.parent / "configs"
    folder = beside if beside.is_dir() else pathlib.Path(str(importlib.resources.files("xdomain_keras") / "configs"))
    return {path.relative_to(folder).with_suffix("").as_posix(): path for path in sorted(folder.rglob("*.yaml"))}


def read_config(name, overrides=()):
    """Load a config by path or packaged name, and start its backend."""
    from .backend import start_backend

    config = find_config(name, overrides)
    start_backend(config.backend)
    return config


def find_config(name, overrides=()):
    """Load a config by path or packaged name."""
    path = pathlib.Path(name)
    if not path.exists():
        path = packaged_configs().get(name.removeprefix("configs/").removesuffix(".yaml"), path)
    if path.is_dir():
        raise ConfigError(f"{name}: is a folder; give a config file. `xdomain list` names the packaged ones.")
    return load_config(path, overrides)
