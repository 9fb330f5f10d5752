"""Methods: one file a paper; each gives the terms, stages and optimizer that a config starts from."""

from xdomain_keras.methods.head_freeze import check_anchor, head_freeze
from xdomain_keras.methods.mmd_alignment import mmd_alignment
from xdomain_keras.methods.multi_task import multi_task
from xdomain_keras.methods.pair_mapping import pair_mapping
from xdomain_keras.methods.task_transfer import check_first_task, task_transfer

METHODS = {
    "head_freeze": head_freeze,
    "mmd_alignment": mmd_alignment,
    "multi_task": multi_task,
    "pair_mapping": pair_mapping,
    "task_transfer": task_transfer,
}
# What a method asks of the label matrix and the stages.
CHECKS = {"head_freeze": check_anchor, "task_transfer": check_first_task}

__all__ = [
    "CHECKS",
    "METHODS",
    "check_anchor",
    "check_first_task",
    "head_freeze",
    "mmd_alignment",
    "multi_task",
    "pair_mapping",
    "task_transfer",
]
