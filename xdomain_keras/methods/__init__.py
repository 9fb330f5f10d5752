"""Methods: one file per paper; each gives the options that a config starts from.

A method is a function that returns a dict: `terms` (name → options), `optimizer` (options) and, where the method
demands something of the stages, `check`, a callable (label matrix, list of stages) that raises a `ConfigError`.
"""

from xdomain_keras.methods.head_freeze import head_freeze
from xdomain_keras.methods.mmd_alignment import mmd_alignment
from xdomain_keras.methods.multi_task import multi_task
from xdomain_keras.methods.pair_mapping import pair_mapping
from xdomain_keras.methods.task_transfer import task_transfer

METHODS = {
    "head_freeze": head_freeze,
    "mmd_alignment": mmd_alignment,
    "multi_task": multi_task,
    "pair_mapping": pair_mapping,
    "task_transfer": task_transfer,
}

__all__ = [
    "METHODS",
    "head_freeze",
    "mmd_alignment",
    "multi_task",
    "pair_mapping",
    "task_transfer",
]
