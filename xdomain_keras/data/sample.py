"""The sample: what every reader yields, one image with whatever labels it has.

A sample is a plain `dict` of NumPy arrays: `image` (uint8 `[H, W, 3]`, RGB), `id` (str, unique within its source;
sources are joined by it), and the keys of its kinds of labels (see `data/labels`). A label that an image does not have
is a key that the sample does not have. Pixels count from the top left corner, x to the right and y down, and belong to
the image as stored, before any resizing.
"""

import numpy as np

from xdomain_keras.data.labels import LABELS
from xdomain_keras.signatures import suggest


def find_faults(sample, kinds=LABELS):
    """List what is wrong with a sample, one line each.

    Args:
        sample: `dict` as described above.
        kinds: dict of kind → `Label`, those that a sample may carry.

    Returns:
        List of str; empty when the sample keeps to the format.

    Example:

    >>> find_faults({"image": np.zeros((4, 4, 3), np.uint8), "id": "a", "edges": np.zeros((4, 5), np.uint8)})
    ['edges: shape (4, 5) differs from the image (4, 4)']
    """
    faults = [f"{key}: missing" for key in ("image", "id") if key not in sample]
    if faults:
        return faults
    owners = {key: kind for kind in kinds.values() for key in kind.keys}
    for key, value in sample.items():
        dtype, rank = (np.uint8, 3) if key == "image" else owners[key].keys[key] if key in owners else (None, None)
        if key == "id":
            continue
        if dtype is None:
            faults.append(f"{key}: unknown key; {suggest(key, owners)}")
        elif value.dtype != dtype or value.ndim != rank:
            faults.append(f"{key}: {value.dtype} of rank {value.ndim}; expected {np.dtype(dtype)} of rank {rank}")
        elif key != "image" and owners[key].is_map and value.shape[:2] != sample["image"].shape[:2]:
            faults.append(f"{key}: shape {value.shape[:2]} differs from the image {sample['image'].shape[:2]}")
    return faults
