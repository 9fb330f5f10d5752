"""SIMULATED gaze: no person looked at these pictures.

Objects draw the gaze by their class, their size, how they stand out from what is around them, and how
near the middle they are; within an object it goes to the centre (of people, to the head). A small
share follows a plain centre bias, a smaller one falls anywhere.
"""

import cv2
import numpy as np

from xdomain_keras.data.scenes.names import THING_NAMES

PRIORITIES = {
    "street": {"person": 1.0, "pole": 0.06, "vehicle": 0.5, "sign": 0.8},
    "room": {
        "window": 0.3, "picture": 0.8, "chair": 0.4, "table": 0.4, "sofa": 0.5, "bed": 0.4, "lamp": 0.6,
        "cabinet": 0.2, "shelf": 0.5, "plant": 0.7, "television": 1.0,
    },
}  # fmt: skip
NUM_VIEWERS = 15
FIXATIONS_EACH = 6
CENTRE_SHARE = 0.07
ANYWHERE_SHARE = 0.04
# Objects that draw at least this share of the strongest one's gaze are salient too.
SALIENT_SHARE = 0.6


def simulate_gaze(world, image, labels, random):
    """Simulate where people would look.

    Args:
        world: str, `"street"` or `"room"`.
        image: uint8 `[H, W, 3]`.
        labels: `dict` with `instance_ids`, `boxes_xyxy`, `classes`.
        random: `numpy.random.Generator`.

    Returns:
        `dict` with `fixations_xy`, float32 `[NUM_VIEWERS * FIXATIONS_EACH, 2]`, and `salient_object`,
        uint8 `[H, W]`.

    Example:

    >>> image, nothing = np.zeros((8, 8, 3), np.uint8), np.zeros((8, 8), np.int32)
    >>> labels = {"instance_ids": nothing, "boxes_xyxy": np.zeros((0, 4)), "classes": np.zeros(0, int)}
    >>> simulate_gaze("room", image, labels, np.random.default_rng(0))["fixations_xy"].shape
    (90, 2)
    """
    weights = weigh_objects(world, image, labels)
    density = gaze_density(world, labels, weights)
    total = np.cumsum(density.ravel(), dtype=np.float64)
    pixel = np.searchsorted(total, random.random(NUM_VIEWERS * FIXATIONS_EACH) * total[-1], side="right")
    place = np.stack([pixel % density.shape[1], pixel // density.shape[1]], axis=-1)
    fixations = place + random.uniform(0, 0.999, place.shape)
    strong = np.append(False, weights >= SALIENT_SHARE * weights.max(initial=0))
    return {
        "fixations_xy": fixations.astype(np.float32),
        "salient_object": strong[labels["instance_ids"]].astype(np.uint8),
    }


def weigh_objects(world, image, labels):
    """Return how strongly each object draws the gaze, float `[N]`, summing to 1.

    weight = (class priority * area^0.4 * (0.3 + contrast) * (0.4 + nearness to the middle))^1.3, normalised.
    """
    instances, boxes = labels["instance_ids"], labels["boxes_xyxy"]
    height, width = instances.shape
    count = len(boxes)
    if not count:
        return np.zeros(0)
    gray = cv2.cvtColor(image, cv2.COLOR_RGB2LAB).astype(np.float32)
    window = (max(3, width // 3), max(3, height // 3))
    away = np.abs(gray - cv2.blur(gray, window)).sum(axis=-1) / 160
    area = np.bincount(instances.ravel(), minlength=count + 1)[1:]
    contrast = np.bincount(instances.ravel(), away.ravel(), minlength=count + 1)[1:] / area
    offset = (boxes[:, :2] + boxes[:, 2:]) / (width, height) - 1
    nearness = np.exp(-np.square(offset).sum(axis=1) / 0.8)
    names = THING_NAMES[world]
    priority = np.array([PRIORITIES[world][names[number]] for number in labels["classes"]])
    weights = priority * (area / instances.size) ** 0.4 * (0.3 + np.minimum(contrast, 1)) * (0.4 + nearness)
    weights = weights**1.3
    return weights / weights.sum()


def gaze_density(world, labels, weights):
    """Return the density that fixations are drawn from, float32 `[H, W]`, summing to 1."""
    instances, boxes = labels["instance_ids"], labels["boxes_xyxy"]
    height, width = instances.shape
    columns, rows = np.arange(width, dtype=np.float32) + 0.5, np.arange(height, dtype=np.float32)[:, None] + 0.5
    centre = np.exp(-np.square(columns / width - 0.5) / 0.06) * np.exp(-np.square(rows / height - 0.5) / 0.06)
    density = CENTRE_SHARE * centre / centre.sum() + ANYWHERE_SHARE / instances.size
    if len(boxes):
        inside = instances > 0
        number = instances[inside] - 1
        # People are looked at in the face: an eighth below the top of their box.
        names = THING_NAMES[world]
        high = np.array([0.15 if names[kind] == "person" else 0.5 for kind in labels["classes"]])
        size = np.maximum(boxes[:, 2:] - boxes[:, :2], 2)
        middle = boxes[:, :2] + size * np.stack([np.full(len(high), 0.5), high], axis=-1)
        y, x = np.nonzero(inside)
        away = (np.stack([x, y], axis=-1) + 0.5 - middle[number]) / (0.3 * size[number])
        profile = np.exp(-0.5 * np.square(away).sum(axis=1)) + 0.05
        share = np.bincount(number, profile, minlength=len(boxes))
        objects = np.zeros(instances.shape, np.float32)
        objects[inside] = profile * (weights / share)[number]
        objects = cv2.GaussianBlur(objects, (0, 0), 0.018 * max(height, width), borderType=cv2.BORDER_CONSTANT)
        density += (1 - CENTRE_SHARE - ANYWHERE_SHARE) * objects
    return (density / density.sum()).astype(np.float32)
