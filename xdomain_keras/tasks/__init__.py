"""Tasks: one file each, a column of the label matrix."""

from xdomain_keras.tasks.depth import Depth
from xdomain_keras.tasks.detection import Detection
from xdomain_keras.tasks.edges import Edges
from xdomain_keras.tasks.human_parts import HumanParts
from xdomain_keras.tasks.keypoints import Keypoints
from xdomain_keras.tasks.normals import Normals
from xdomain_keras.tasks.regions import Regions
from xdomain_keras.tasks.saliency import Saliency
from xdomain_keras.tasks.salient_object import SalientObject
from xdomain_keras.tasks.segmentation import Segmentation
from xdomain_keras.tasks.task import Task

TASKS = {
    "depth": Depth,
    "detection": Detection,
    "edges": Edges,
    "human_parts": HumanParts,
    "keypoints": Keypoints,
    "normals": Normals,
    "regions": Regions,
    "saliency": Saliency,
    "salient_object": SalientObject,
    "segmentation": Segmentation,
}

__all__ = [
    "TASKS",
    "Depth",
    "Detection",
    "Edges",
    "HumanParts",
    "Keypoints",
    "Normals",
    "Regions",
    "Saliency",
    "SalientObject",
    "Segmentation",
    "Task",
]
