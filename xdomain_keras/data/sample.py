"""The sample: what every reader yields, one image with whatever labels it has.

A sample is a plain `dict` of NumPy arrays. Only `image` and `id` are always there; a label that an
image does not have is a key that the sample does not have. Pixels count from the top left corner,
x to the right and y down, and belong to the image as stored (before any resizing).

| key | dtype, shape | meaning |
|---|---|---|
| `image` | uint8 `[H, W, 3]` | RGB |
| `id` | str | unique within its source; sources are joined by it |
| `boxes_xyxy` | float32 `[N, 4]` | left, top, right, bottom in pixels; N may be 0 |
| `classes` | int32 `[N]` | index into the source's `class_names` |
| `fixations_xy` | float32 `[M, 2]` | gaze points in pixels |
| `saliency_map` | float32 `[H, W]` | density in [0, 1], where only a map is known |
| `semantic_ids` | int32 `[H, W]` | class index, -1 = ignore |
| `part_ids` | int32 `[H, W]` | part of a human body, 0 = none, -1 = ignore |
| `instance_ids` | int32 `[H, W]` | 1, 2, …; 0 = no object |
| `depth_meters` | float32 `[H, W]` | distance along the optical axis; 0 = unknown |
| `normals` | float32 `[H, W, 3]` | unit, camera frame (x right, y down, z forward), towards the camera; 0 = unknown |
| `edges` | uint8 `[H, W]` | 1 on a boundary, 255 = ignore |
| `boundaries` | uint8 `[H, W, A]` | the edges as each of A annotators drew them |
| `regions` | int16 `[H, W, A]` | the region of a pixel as A annotators divided the image, 0, 1, …; -1 = ignore |
| `salient_object` | uint8 `[H, W]` | 1 on a salient object |
| `keypoints` | float32 `[K, 4]` | x, y in pixels, depth in metres, visibility (0 absent or unknown, 1 hidden, 2 seen) |
"""

import numpy as np

# How a geometric transform treats each key.
NEAREST_MAPS = ("semantic_ids", "part_ids", "instance_ids", "regions", "salient_object", "depth_meters", "normals")
LINEAR_MAPS = ("saliency_map",)
EDGE_MAPS = ("edges", "boundaries")
MAPS = (*NEAREST_MAPS, *LINEAR_MAPS, *EDGE_MAPS)
POINTS = ("fixations_xy", "keypoints")
BOXES = ("boxes_xyxy",)

LAYOUT = {
    "image": (np.uint8, 3),
    "boxes_xyxy": (np.float32, 2),
    "classes": (np.int32, 1),
    "fixations_xy": (np.float32, 2),
    "saliency_map": (np.float32, 2),
    "semantic_ids": (np.int32, 2),
    "part_ids": (np.int32, 2),
    "instance_ids": (np.int32, 2),
    "depth_meters": (np.float32, 2),
    "normals": (np.float32, 3),
    "edges": (np.uint8, 2),
    "boundaries": (np.uint8, 3),
    "regions": (np.int16, 3),
    "salient_object": (np.uint8, 2),
    "keypoints": (np.float32, 2),
}


def find_faults(sample):
    """List what is wrong with a sample, one line each.

    Args:
        sample: `dict` as described above.

    Returns:
        List of str; empty when the sample keeps to the format.

    Example:

    >>> find_faults({"image": np.zeros((4, 4, 3), np.uint8), "id": "a", "edges": np.zeros((4, 5), np.uint8)})
    ['edges: shape (4, 5) differs from the image (4, 4)']
    """
    faults = [f"{key}: missing" for key in ("image", "id") if key not in sample]
    if faults:
        return faults
    height, width = sample["image"].shape[:2]
    for key, value in sample.items():
        if key == "id":
            continue
        if key not in LAYOUT:
            faults.append(f"{key}: unknown key; known are {', '.join(LAYOUT)}")
            continue
        dtype, rank = LAYOUT[key]
        if value.dtype != dtype or value.ndim != rank:
            faults.append(f"{key}: {value.dtype} of rank {value.ndim}; expected {np.dtype(dtype)} of rank {rank}")
        elif key in NEAREST_MAPS + LINEAR_MAPS + EDGE_MAPS and value.shape[:2] != (height, width):
            faults.append(f"{key}: shape {value.shape[:2]} differs from the image {(height, width)}")
    return faults
