"""Matching and coding of the single shot detector, written out in loops."""

import numpy as np

# A 3 x 3 grid of squares, and one large one.
ANCHORS = np.float32(
    [[column / 3, row / 3, (column + 1) / 3, (row + 1) / 3] for row in range(3) for column in range(3)]
    + [[0.1, 0.1, 0.9, 0.9]]
)


def overlap(a, b):
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    shared = max(width, 0) * max(height, 0)
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared
    return shared / union if union > 0 else 0.0


def code(box, anchor):
    """SSD, Eq. 2, with the usual variances."""
    width, height = anchor[2] - anchor[0], anchor[3] - anchor[1]
    x = ((box[0] + box[2]) / 2 - (anchor[0] + anchor[2]) / 2) / width / 0.1
    y = ((box[1] + box[3]) / 2 - (anchor[1] + anchor[3]) / 2) / height / 0.1
    return [x, y, np.log((box[2] - box[0]) / width) / 0.2, np.log((box[3] - box[1]) / height) / 0.2]


def match(boxes, threshold):
    """Index of each anchor's box, -1 for none; anchor by anchor, then box by box."""
    matched = []
    for anchor in ANCHORS:
        overlaps = [overlap(box, anchor) for box in boxes]
        best = int(np.argmax(overlaps)) if boxes else -1
        matched.append(best if boxes and overlaps[best] >= threshold else -1)
    for index, box in enumerate(boxes):
        matched[int(np.argmax([overlap(box, anchor) for anchor in ANCHORS]))] = index
    return matched
