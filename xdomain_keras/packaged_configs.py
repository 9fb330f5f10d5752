"""The configs that come with the package, and finding a config by its path or by their names."""

import difflib
import importlib.resources
import pathlib

from xdomain_keras.errors import ConfigError


def packaged_configs():
    """Dict of name (`mmd_alignment/scenes`) → path of every config that comes with the package."""
    folder = pathlib.Path(str(importlib.resources.files("xdomain_keras"))) / "configs"
    if not folder.is_dir():  # a checkout, where they stand beside the package
        folder = pathlib.Path(__file__).resolve().parent.parent / "configs"
    return {path.relative_to(folder).with_suffix("").as_posix(): path for path in sorted(folder.rglob("*.yaml"))}


def find_config(name, folder="."):
    """The path of a config that is named by its path, or else by its packaged name.

    Args:
        name: str, a path, or a name such as `mmd_alignment/scenes` (`.yaml` at its end does no harm).
        folder: what a path is relative to.

    Returns:
        `pathlib.Path` of a file that exists.

    Raises:
        ConfigError: there is neither; the message names the packaged configs that are near.

    Example:

    >>> find_config("mmd_alignment/scenes").name
    'scenes.yaml'
    """
    path, packaged = pathlib.Path(folder) / name, packaged_configs()
    try:
        if path.is_file() or (path.exists() and not path.is_dir()):  # a pipe is read like a file
            return path
    except OSError as error:
        raise ConfigError(f"{name!r}: {error.strerror}; give the path of a YAML file, or a packaged config.") from None
    wanted = str(name).removeprefix("configs/").removesuffix(".yaml")
    if wanted in packaged:
        return packaged[wanted]
    if path.is_dir():
        raise ConfigError(f"{name}: is a folder; give a config file. `xdomain list configs` names the packaged ones.")
    shown = repr(name) if not str(name).isprintable() else name
    raise ConfigError(f"{shown}: No such file or directory, and no packaged config; {near(wanted, packaged)}")


def near(name, packaged):
    """Up to three packaged configs that may have been meant, in words."""
    same_file = [each for each in packaged if each.split("/")[-1] == name.split("/")[-1]]
    close = list(dict.fromkeys([*difflib.get_close_matches(name, packaged, n=3), *same_file]))[:3]
    if not close:
        return "`xdomain list configs` names those that exist."
    return f"did you mean {' or '.join(f'`{each}`' for each in close)}?"
