"""Packages that only some features need: whether they are installed, and how to install them."""

import importlib.util

from xdomain_keras.errors import ConfigError

# In the order in which they are taken where nobody chooses.
BACKENDS = ("tensorflow", "jax", "torch")


def is_installed(package):
    """Whether a package can be imported; it is not imported.

    Example:

    >>> is_installed("numpy"), is_installed("nonesuch")
    (True, False)
    """
    spec = importlib.util.find_spec(package)
    return spec is not None and spec.origin is not None  # a folder that happens to have the name has no origin


def require_installed(package, user, extra="tensorflow"):
    """Raise where a package is missing.

    Args:
        package: to be imported.
        user: what needs it, the subject of the message.
        extra: of xdomain-keras that installs it.

    Raises:
        ConfigError: the package is not installed.

    Example:

    >>> require_installed("numpy", "the loader")
    """
    if not is_installed(package):
        raise ConfigError(f"{user} needs {package}, which is not installed; {install(extra)}.")


def install(extra):
    """The command that installs an extra.

    Example:

    >>> install("jax")
    "pip install 'xdomain-keras[jax]'"
    """
    return f"pip install 'xdomain-keras[{extra}]'"
