"""Tasks: one file each, a column of the label matrix."""

from xdomain_keras.tasks.detection import Detection
from xdomain_keras.tasks.saliency import Saliency
from xdomain_keras.tasks.task import Task

TASKS = {"detection": Detection, "saliency": Saliency}

__all__ = ["TASKS", "Detection", "Saliency", "Task"]
