"""Starting from an earlier run: the layers that two networks have in common."""

import pathlib

import keras
import numpy as np

from xdomain_keras.errors import ConfigError
from xdomain_keras.experiments.model import task_options
from xdomain_keras.experiments.run_folder import RunFolder
from xdomain_keras.parts import Parts
from xdomain_keras.weights import open_weights


def start_from(network, path, class_names=None, parts=None):
    """Give a network the weights of an earlier run, layer by layer of the same name and shapes.

    Channels of classes are taken by the name of the class, where both networks know the names: a class that the earlier
    network lacks keeps its own first weights, and so does a part that the earlier network lacks.

    Args:
        network: `MultiHeadModel`.
        path: of a run, whose best weights are taken, or of a `.weights.h5`, which knows names where it lies in a run.
        class_names: dict of task → names of its classes in this network.
        parts: `Parts` that know the tasks of the earlier run.

    Returns:
        names of the layers that keep their first weights.

    Raises:
        ConfigError: there is no such file, or it has no layer in common with the network.
        DataError: it is not a file of weights.
    """
    path = pathlib.Path(path)
    if not path.exists():
        raise ConfigError(f"model.start_from: there is no {path}; give the folder of a run, or a .weights.h5.")
    run = run_of(path)
    file = path if path.suffix == ".h5" else run.weights()
    kept, taken = [], 0
    stored = read_layers(file, {layer.name for layer in network._flatten_layers(include_self=False)})
    names = names_of(run, parts or Parts()) if class_names and run.facts_file.exists() else {}
    for layer in network._flatten_layers(include_self=False):
        own = {}
        layer.save_own_variables(own)
        if not own:
            continue
        known = stored.get(layer.name, {})
        task = class_layer_of(layer.name, network.heads) if names else None
        if task in names and task in class_names and known.keys() == own.keys():
            order, others = (names[task], class_names[task]), network.heads[task].other_channels
            known = {key: by_name(known[key], own[key], *order, others, channel_axis(layer, key)) for key in own}
        if {key: value.shape for key, value in known.items()} == {key: value.shape for key, value in own.items()}:
            layer.load_own_variables(known)
            taken += 1
        else:
            kept.append(layer.name)
    if not taken:
        raise ConfigError(
            f"model.start_from: {file} has no layer in common with this network; give a run with the same "
            "`model.backbone`, or leave it out."
        )
    return kept


def run_of(path):
    """The run that a path names, or that the file at that path lies in."""
    return RunFolder(path.parent if path.suffix == ".h5" else path)


def new_classes(path, class_names, parts):
    """Dict of task → classes of this network that an earlier run lacks, where it knows others of the task.

    Args:
        path, class_names, parts: as of `start_from`.
    """
    run = run_of(pathlib.Path(path))
    names = names_of(run, parts) if run.facts_file.exists() else {}
    found = {task: [name for name in own if name not in names.get(task, own)] for task, own in class_names.items()}
    return {task: own for task, own in found.items() if own}


def names_of(run, parts):
    """Dict of task → names of its classes, in a run."""
    config, facts = run.config(), run.facts()
    found = {name: parts.task_kind(config, name).fixed_names(task_options(config, facts, name)) for name in facts.tasks}
    return {name: own for name, own in found.items() if own}


def class_layer_of(layer, heads):
    """The task whose classes are the last channels of a layer, or None."""
    for task, head in heads.items():
        ends = getattr(head, "class_layers", ())
        if any(layer.startswith(f"{task}_{end}") and layer[len(f"{task}_{end}") :].isdecimal() for end in ends):
            return task
        if layer in [f"{task}_{end}" for end in ends]:
            return task
    return None


def channel_axis(layer, key):
    """The axis of the output's channels in a layer's kernel, whose key is "0", and in its bias."""
    return -2 if key == "0" and isinstance(layer, keras.layers.Conv2DTranspose) else -1


def by_name(stored, own, old, new, others, axis):
    """One array of a layer of classes: channels of the classes that both know are those of the earlier network.

    Args:
        stored: array of the earlier network.
        own: array of this one.
        old, new: lists of class names of the two.
        others: channels before those of the classes.
        axis: of the channels.

    Returns:
        array like `own`, or `stored` where the two do not have channels of these classes.

    Example:

    >>> old, new = ["cat", "dog"], ["dog", "owl"]
    >>> by_name(np.float32([1, 2, 3]), np.float32([7, 8, 9]), old, new, others=1, axis=-1).tolist()
    [1.0, 3.0, 9.0]
    """
    stored, own = (np.moveaxis(np.asarray(array), axis, -1) for array in (stored, own))
    widths = others + len(old), others + len(new)
    times = own.shape[-1] // widths[1]
    if stored.shape[-1] != times * widths[0] or stored.shape[:-1] != own.shape[:-1] or own.shape[-1] % widths[1]:
        return np.moveaxis(stored, -1, axis)
    before, taken = (
        array.reshape(*array.shape[:-1], times, width) for array, width in zip((stored, own), widths, strict=True)
    )
    taken = taken.copy()
    taken[..., :others] = before[..., :others]
    for place, name in enumerate(new):
        if name in old:
            taken[..., others + place] = before[..., others + old.index(name)]
    return np.moveaxis(taken.reshape(own.shape), -1, axis)


def read_layers(file, names):
    """Dict of layer name → {number: array}, of those layers in a file of weights."""
    layers = {}
    with open_weights(file) as arrays:
        for key, array in arrays.items():
            layer, _, number = key.rpartition("/")
            layers.setdefault(layer, {})[number] = array
        wanted = {layer: own for layer, own in layers.items() if layer in names}
        return {layer: {number: array.read() for number, array in own.items()} for layer, own in wanted.items()}
