"""Arrays of a file into the layers of a network, and what of both was left over."""

import dataclasses

import numpy as np
from keras import layers

from xdomain_keras.errors import ConfigError
from xdomain_keras.weights.spellings import spell

# Keras' name of a variable → the ending of torch's key.
ENDINGS = {
    "kernel": "weight",
    "gamma": "weight",
    "bias": "bias",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}
UNREAD = "num_batches_tracked"  # of torch; nothing in Keras counts batches


@dataclasses.dataclass
class Loaded:
    """What loading a file did.

    Attributes:
        taken: names of the arrays in the file that were loaded.
        unused: names of those that no layer asked for.
        misfits: dict of the name of an array whose layer is in the network, but of another shape → both shapes.
        random: `layer/variable` of all in the network that nothing was loaded into.
        family: of the networks that the file is of, see `spell`; None where its names are Keras'.

    Example:

    >>> str(Loaded(["conv1.weight"], ["fc.weight", "fc.bias"]))
    '1 array loaded; 2 not used: fc.weight, fc.bias'
    """

    taken: list = dataclasses.field(default_factory=list)
    unused: list = dataclasses.field(default_factory=list)
    misfits: dict = dataclasses.field(default_factory=dict)
    random: list = dataclasses.field(default_factory=list)
    family: str | None = None

    def __str__(self):
        counts = [f"{len(self.taken)} array{'s' * (len(self.taken) != 1)} loaded"]
        shown = [f"{name} ({shapes})" for name, shapes in self.misfits.items()]
        for what, names in (("of another shape", shown), ("not used", self.unused), ("left random", self.random)):
            counts += [f"{len(names)} {what}: {shorten(names)}"] if names else []
        return "; ".join(counts)


def shorten(names, count=4):
    """The first names of a list, and that there are more.

    Example:

    >>> shorten(["a", "b", "c"], count=2)
    'a, b, …'
    """
    return ", ".join(names[:count]) + (", …" if len(names) > count else "")


def load_arrays(named, arrays, optional=()):
    """Load the arrays of a file into layers, by the layers' names.

    Args:
        named: list of (Keras layer, its name in the network that the weights were made for).
        arrays: dict as of `open_weights`.
        optional: the same of layers that are not said to be random where the file has nothing for them.

    Returns:
        `Loaded`.

    Raises:
        ConfigError: nothing fits.
    """
    family, places = spell(list(arrays))
    known = {place: key for key, place in places.items()}
    loaded = Loaded(family=family)
    for layer, name in (*named, *optional):
        for number, variable in enumerate(layer.weights):
            spellings = [known.get((name, ENDINGS.get(variable.name)))]
            spellings += [f"{each}/{number}" for each in (layer.name, name, f"backbone_{name}")]
            key = next((each for each in spellings if each in arrays), None)
            fits = key is not None and _load(layer, variable, key, arrays[key], loaded)
            if not fits and (layer, name) not in optional:
                loaded.random.append(f"{layer.name}/{variable.name}")
    used = {*loaded.taken, *loaded.misfits}
    loaded.unused = [key for key in arrays if key not in used and not key.endswith(UNREAD)]
    if not loaded.taken:
        shown = [f"{name} ({shapes})" for name, shapes in loaded.misfits.items()] or list(arrays)
        raise ConfigError(f"nothing in it fits this network; it holds {shorten(shown) or 'nothing'}.")
    return loaded


def _load(layer, variable, key, stored, loaded):
    """Whether an array fits a variable, which then has its numbers."""
    rank = len(variable.shape)
    order = tuple(range(rank)) if "/" in key else torch_order(layer, rank)
    expected = tuple(variable.shape[axis] for axis in np.argsort(order))  # as the file would have it
    if tuple(stored.shape) != expected:
        loaded.misfits[key] = " for ".join(
            "x".join(map(str, shape)) or "a number" for shape in (stored.shape, expected)
        )
        return False
    variable.assign(np.transpose(stored.read(), order).astype(variable.dtype))
    if key not in loaded.taken:  # several encoders or heads may take the same
        loaded.taken.append(key)
    return True


def torch_order(layer, rank):
    """The order of torch's axes in which they are Keras'.

    Example:

    >>> torch_order(layers.Conv2D(8, 3), 4), torch_order(layers.Dense(8), 2)
    ((2, 3, 1, 0), (1, 0))
    """
    if rank == 4:
        return (2, 3, 0, 1) if isinstance(layer, layers.DepthwiseConv2D) else (2, 3, 1, 0)
    return tuple(reversed(range(rank)))
