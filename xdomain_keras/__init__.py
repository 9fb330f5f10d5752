"""One Keras model from several image data sets, each labelled for different things.

Rooms are loaded when they are first used, so that importing the package costs nothing:
`from xdomain_keras import data, layers, losses, metrics, models, tasks, terms, methods`.
"""

import importlib

__version__ = "0.1.0"

_ROOMS = (
    "data",
    "layers",
    "models",
    "losses",
    "metrics",
    "tasks",
    "terms",
    "training",
    "methods",
    "evaluation",
    "reporting",
    "export",
    "experiments",
)

__all__ = [*_ROOMS, "LabelMatrix", "__version__"]


def __getattr__(name):
    if name in _ROOMS:
        return importlib.import_module(f"{__name__}.{name}")
    if name == "LabelMatrix":
        return importlib.import_module(f"{__name__}.label_matrix").LabelMatrix
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted(__all__)
