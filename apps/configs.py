"""The config that a command line names."""

from xdomain_keras.config import load_config


def read_config(name, overrides=()):
    """Load a config by path or packaged name, and start its backend."""
    from .backend import start_backend

    config = load_config(name, overrides)
    start_backend(config.backend)
    return config
