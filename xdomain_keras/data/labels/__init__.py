"""Labels: one file for each kind of annotation.

A sample is a plain dict of NumPy arrays: `image` (uint8 `[H, W, 3]`, RGB), `id` (str, unique within its source), and
the keys of the kinds that the image is labelled with. A label that an image does not have is a key that the sample does
not have. Pixels count from the top left corner, x to the right and y down, and belong to the image as stored.
"""

from xdomain_keras.data.labels.boxes import BOXES, Boxes
from xdomain_keras.data.labels.class_ids import SEMANTIC_IDS, ClassIds
from xdomain_keras.data.labels.dense import DenseLabel
from xdomain_keras.data.labels.depth import DEPTH, Depth
from xdomain_keras.data.labels.edges import EDGES, Edges
from xdomain_keras.data.labels.fixations import FIXATIONS, Fixations
from xdomain_keras.data.labels.instance_ids import INSTANCE_IDS
from xdomain_keras.data.labels.keypoints import KEYPOINTS, Keypoints
from xdomain_keras.data.labels.label import Label
from xdomain_keras.data.labels.normals import NORMALS, Normals
from xdomain_keras.data.labels.part_ids import PART_IDS
from xdomain_keras.data.labels.regions import REGIONS
from xdomain_keras.data.labels.saliency_map import SALIENCY_MAP
from xdomain_keras.data.labels.salient_object import SALIENT_OBJECT, SalientObject

LABELS = {
    kind.name: kind
    for kind in (
        BOXES,
        FIXATIONS,
        SALIENCY_MAP,
        SEMANTIC_IDS,
        PART_IDS,
        INSTANCE_IDS,
        DEPTH,
        NORMALS,
        EDGES,
        REGIONS,
        SALIENT_OBJECT,
        KEYPOINTS,
    )
}

__all__ = [
    "BOXES",
    "DEPTH",
    "EDGES",
    "FIXATIONS",
    "INSTANCE_IDS",
    "KEYPOINTS",
    "LABELS",
    "NORMALS",
    "PART_IDS",
    "REGIONS",
    "SALIENCY_MAP",
    "SALIENT_OBJECT",
    "SEMANTIC_IDS",
    "Boxes",
    "ClassIds",
    "DenseLabel",
    "Depth",
    "Edges",
    "Fixations",
    "Keypoints",
    "Label",
    "Normals",
    "SalientObject",
]
