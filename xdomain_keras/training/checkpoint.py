"""Checkpoints that an interrupted run goes on from, exactly."""

import json
import os
import pathlib

import keras
import numpy as np

from xdomain_keras.errors import DataError


def save_checkpoint(path, trainer, position):
    """Write all variables (network, terms, step, seeds, optimizer), torch's generator and the position, atomically.

    Args:
        path: of the `.npz` file; a crash leaves the old one whole.
        trainer: compiled `Trainer`.
        position: JSON-able dict, as `{"stage": 0, "epoch": 3}`.
    """
    path = pathlib.Path(path)
    values = [*read_variables(trainer), read_generator()]
    arrays = {f"v{index}": np.asarray(value) for index, value in enumerate(values)}
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
    arrays, variables = stored[:-1], trainer_variables(trainer)
    if [array.shape for array in arrays] != [tuple(variable.shape) for variable in variables]:
        raise DataError(f"{path}: holds another model ({len(arrays)} arrays, here {len(variables)}); start anew.")
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)
    write_generator(stored[-1])
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
        raise DataError(f"{path}: is not a checkpoint, or was cut off; remove it, and train anew.") from None


def trainer_variables(trainer):
    """Every variable that the next step depends on, in a fixed order."""
    return [*trainer.variables, *trainer.optimizer.variables]


def read_variables(trainer):
    """The values of `trainer_variables` as arrays."""
    return [keras.ops.convert_to_numpy(variable) for variable in trainer_variables(trainer)]


def read_generator():
    """The state of torch's own generator, uint8: Keras' `Dropout` draws from it. Empty on the other backends."""
    if keras.backend.backend() != "torch":
        return np.zeros(0, np.uint8)
    return torch_generator().get_rng_state().numpy()


def write_generator(state):
    """Set what `read_generator` read; the state of another backend or device is left alone."""
    if keras.backend.backend() == "torch" and state.shape == read_generator().shape:
        import torch

        torch_generator().set_rng_state(torch.from_numpy(state))


def torch_generator():
    """The module whose generator serves the device that Keras uses."""
    import torch

    device = keras.ops.zeros(()).device.type
    return torch if device == "cpu" else torch.get_device_module(device)
