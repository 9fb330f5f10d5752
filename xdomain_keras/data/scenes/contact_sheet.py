"""A sheet of rendered samples: both worlds in both looks, with their labels drawn beside them."""

import pathlib

import cv2
import numpy as np

from xdomain_keras.data.scenes.names import KEYPOINT_NAMES, THING_NAMES
from xdomain_keras.data.scenes.renderer import render

COLUMNS = ("image", "boxes", "classes", "instances", "depth", "normals", "edges", "gaze")


def colour_ids(ids):
    """Return a colour for each integer, black for 0; uint8 `[..., 3]`."""
    hue = (np.asarray(ids) * 111 % 180).astype(np.uint8)
    hsv = np.stack([hue, np.full_like(hue, 150), np.full_like(hue, 235)], axis=-1)
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB) * (np.asarray(ids) != 0)[..., None].astype(np.uint8)


def draw_boxes(sample, world):
    """Return the image with its boxes, their class names and the keypoints."""
    image = sample["image"].copy()
    for box, kind in zip(sample["boxes_xyxy"].astype(int), sample["classes"], strict=True):
        left, top, right, bottom = (int(edge) for edge in box)
        colour = colour_ids(np.array([[kind + 1]]))[0, 0].tolist()
        cv2.rectangle(image, (left, top), (right - 1, bottom - 1), colour, 1, cv2.LINE_AA)
        if bottom - top > image.shape[0] / 6:
            name = THING_NAMES[world][kind]
            cv2.putText(image, name, (left, max(top - 2, 8)), cv2.FONT_HERSHEY_SIMPLEX, 0.3, colour, 1, cv2.LINE_AA)
    for x, y, _, seen in sample["keypoints"]:
        if seen:
            cv2.circle(image, (int(x), int(y)), 2, (255, 255, 255) if seen == 2 else (90, 90, 90), -1, cv2.LINE_AA)
    return image


def draw_row(sample, world):
    """Return the pictures of one sample side by side, in the order of `COLUMNS`."""
    depth = sample["depth_meters"]
    near = np.where(depth > 0, 1 / np.maximum(depth, 0.5), 0)
    near = (255 * near / near.max()).astype(np.uint8)
    gaze = np.zeros(depth.shape, np.float32)
    columns, rows = sample["fixations_xy"].astype(int).T
    np.add.at(gaze, (rows, columns), 1)
    gaze = cv2.GaussianBlur(gaze, (0, 0), depth.shape[1] / 40)
    heat = cv2.applyColorMap((255 * np.sqrt(gaze / gaze.max())).astype(np.uint8), cv2.COLORMAP_INFERNO)[..., ::-1]
    pictures = [
        sample["image"],
        draw_boxes(sample, world),
        colour_ids(sample["semantic_ids"] + 1),
        colour_ids(sample["instance_ids"]),
        cv2.applyColorMap(near, cv2.COLORMAP_VIRIDIS)[..., ::-1],
        ((sample["normals"] * (1, -1, -1) + 1) * 127.5).astype(np.uint8),
        np.repeat(255 - 255 * sample["edges"][..., None], 3, axis=-1),
        cv2.addWeighted(sample["image"], 0.45, np.ascontiguousarray(heat), 0.75, 0),
    ]
    return np.hstack([cv2.copyMakeBorder(p, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(255,) * 3) for p in pictures])


def draw_sheet(size=(192, 192), seeds=(18, 13)):
    """Draw the contact sheet.

    Args:
        size: `(height, width)` of each picture in pixels.
        seeds: the seeds of the street and of the room; both looks show the same scene.

    Returns:
        uint8 `[H, W, 3]` RGB: four rows (street and room, synthetic and photo), one column a label.

    Example:

    >>> draw_sheet((32, 32)).shape
    (160, 272, 3)
    """
    header = np.full((24, len(COLUMNS) * (size[1] + 2), 3), 255, np.uint8)
    for number, name in enumerate(COLUMNS):
        place = (number * (size[1] + 2) + 4, 16)
        cv2.putText(header, name, place, cv2.FONT_HERSHEY_SIMPLEX, 0.45, (40, 40, 40), 1, cv2.LINE_AA)
    rows = [
        draw_row(render(world, look, size, seed), world)
        for world, seed in zip(KEYPOINT_NAMES, seeds, strict=True)
        for look in ("synthetic", "photo")
    ]
    return np.vstack([header, *rows])


def write_sheet(path, **options):
    """Write the contact sheet as a JPEG or PNG; options as of `draw_sheet`."""
    sheet = np.ascontiguousarray(draw_sheet(**options)[..., ::-1])
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), sheet, [cv2.IMWRITE_JPEG_QUALITY, 88])


if __name__ == "__main__":
    write_sheet("docs/scenes.jpg")
