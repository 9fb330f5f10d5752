"""Arrays of a file into the layers of a network, and what of both was left over."""

import dataclasses

import numpy as np
from keras import layers

from xdomain_keras.errors import ConfigError
from xdomain_keras.weights.spellings import layer_names

# Keras' name of a variable → the ending of torch's key.
ENDINGS = {
    "kernel": "weight",
    "gamma": "weight",
    "bias": "bias",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}
UNREAD = "num_batches_tracked"  # has no counterpart in Keras


@dataclasses.dataclass
class Loaded:
    """What loading a file did.

    Attributes:
        taken: names of the arrays in the file that were loaded.
        unused: names of those that were not.
        misfits: dict of such a name → why, of those whose layer is in the network.
        random: `layer/variable` of what the network has and the file lacks.
    """

    taken: list = dataclasses.field(default_factory=list)
    unused: list = dataclasses.field(default_factory=list)
    misfits: dict = dataclasses.field(default_factory=dict)
    random: list = dataclasses.field(default_factory=list)

    def __str__(self):
        parts = [f"{len(self.taken)} arrays loaded"]
        parts += [f"{len(own)} {what}: {shorten(own)}" for what, own in self.left_over().items() if own]
        return "; ".join(parts)

    def left_over(self):
        """Dict of what happened → the names that it happened to."""
        shown = [f"{name} ({reason})" for name, reason in self.misfits.items()]
        return {"of another shape": shown, "not used": self.unused, "left random": self.random}


def shorten(names, count=4):
    """The first names of a list, and that there are more.

    Example:

    >>> shorten(["a", "b", "c"], count=2)
    'a, b, …'
    """
    return ", ".join(names[:count]) + (", …" if len(names) > count else "")


def load_torch(parts, stored):
    """Load a torch state dict into layers by their names.

    Args:
        parts: dict of a layer's name in the network of origin → list of Keras layers that it is loaded into.
        stored: dict of key → `StoredArray`.

    Returns:
        `Loaded`.

    Raises:
        ConfigError: nothing fits.
    """
    known = {place: key for key, place in layer_names(list(stored)).items()}
    loaded = Loaded()
    for name, own in parts.items():
        for layer in own:
            for variable in layer.weights:
                ending = ENDINGS.get(variable.name)
                key = known.get((name, ending))
                if key is None:
                    loaded.random.append(f"{layer.name}/{variable.name}")
                    continue
                order = axes(layer, variable)
                shape = tuple(stored[key].shape[axis] for axis in order) if len(stored[key].shape) == len(order) else ()
                if shape != tuple(variable.shape):
                    loaded.misfits[key] = f"{list(stored[key].shape)} for {list(variable.shape)}"
                    loaded.random.append(f"{layer.name}/{variable.name}")
                    continue
                variable.assign(np.transpose(stored[key].read(), order).astype(variable.dtype))
                loaded.taken.append(key)
    used = {*loaded.taken, *loaded.misfits}
    loaded.unused = [key for key in stored if key not in used and not key.endswith(UNREAD)]
    if not loaded.taken:
        raise ConfigError(f"nothing in it fits this network; it has {shorten(list(stored))}")
    return loaded


def axes(layer, variable):
    """The order of torch's axes in which they are Keras'."""
    rank = len(variable.shape)
    if rank == 4 and isinstance(layer, layers.DepthwiseConv2D):
        return (2, 3, 0, 1)
    return (2, 3, 1, 0) if rank == 4 else tuple(reversed(range(rank)))
