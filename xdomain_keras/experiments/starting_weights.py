"""Starting from an earlier run: the layers that two networks have in common."""

import collections
import pathlib

import h5py

from xdomain_keras.errors import ConfigError, DataError
from xdomain_keras.experiments.run_folder import RunFolder


def start_from(network, path):
    """Give a network the weights of an earlier run, layer by layer of the same name and shapes.

    A head of another number of classes, or a part that the earlier network lacks, keeps its own first weights.

    Args:
        network: `MultiHeadModel`.
        path: of a run, whose best weights are taken, or of a `.weights.h5`.

    Returns:
        names of the layers that keep their first weights.

    Raises:
        ConfigError: there is no such file, or it has no layer in common with the network.
        DataError: it is not a file of weights.
    """
    path = pathlib.Path(path)
    if not path.exists():
        raise ConfigError(f"model.start_from: there is no {path}; give the folder of a run, or a .weights.h5.")
    file = path if path.suffix == ".h5" else RunFolder(path).weights()
    stored, kept, taken = read_layers(file), [], 0
    for layer in network._flatten_layers(include_self=False):
        own = {}
        layer.save_own_variables(own)
        if not own:
            continue
        known = stored.get(layer.name, {})
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


def read_layers(file):
    """Dict of layer name → {number: array}, of a file of weights; names that stand there twice are left out."""
    found = []

    def read(key, item):
        if isinstance(item, h5py.Group) and "name" in item.attrs and len(item):
            found.append((item.attrs["name"], {number: array[()] for number, array in item.items()}))

    try:
        with h5py.File(file) as stored:
            stored.visititems(read)
    except OSError as error:
        raise DataError(f"{file}: is not a file of weights, or is damaged ({error}); give another.") from error
    counts = collections.Counter(name for name, _ in found)
    return {name: arrays for name, arrays in found if counts[name] == 1}
