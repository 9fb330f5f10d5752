"""Checkpoints that an interrupted run goes on from, exactly."""

import json
import os
import pathlib

import numpy as np

from xdomain_keras.errors import DataError


def save_checkpoint(path, trainer, position):
    """Write all variables (network, terms, step, seeds, optimizer) and where training stands, atomically.

    Args:
        path: of the `.npz` file; a crash leaves the old one whole.
        trainer: compiled `Trainer`.
        position: JSON-able dict, as `{"stage": 0, "epoch": 3}`.
    """
    path = pathlib.Path(path)
    arrays = {f"v{index}": np.asarray(value) for index, value in enumerate(read_variables(trainer))}
    temporary = path.with_suffix(".partial.npz")
    with open(temporary, "wb") as file:
        np.savez(file, position=np.array(json.dumps(position)), **arrays)
    os.replace(temporary, path)


def load_checkpoint(path, trainer):
    """Restore what `save_checkpoint` wrote.

    Returns:
        The position.

    Raises:
        DataError: the file is damaged, or of another model.
    """
    position, stored = read_checkpoint(path)
    variables = trainer_variables(trainer)
    if [array.shape for array in stored] != [tuple(variable.shape) for variable in variables]:
        raise DataError(f"{path}: holds another model ({len(stored)} arrays, here {len(variables)}); start anew.")
    for variable, array in zip(variables, stored, strict=True):
        variable.assign(array)
    return position


def peek_position(path):
    """The position stored in a checkpoint, without a model."""
    return read_checkpoint(path, with_arrays=False)[0]


def read_checkpoint(path, with_arrays=True):
    """(position, list of arrays) of a file; `DataError` where it is damaged."""
    try:
        with np.load(path) as file:
            count = len(file.files) - 1 if with_arrays else 0
            return json.loads(str(file["position"])), [file[f"v{index}"] for index in range(count)]
    except Exception:  # a damaged zip raises half a dozen kinds
        raise DataError(f"{path}: is no checkpoint, or was cut off; remove it, and train anew.") from None


def trainer_variables(trainer):
    """Every variable that the next step depends on, in a fixed order."""
    return [*trainer.variables, *trainer.optimizer.variables]


def read_variables(trainer):
    """The values of `trainer_variables` as arrays."""
    import keras

    return [keras.ops.convert_to_numpy(variable) for variable in trainer_variables(trainer)]
