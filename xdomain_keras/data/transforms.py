"""Joint transforms: one geometric change of an image and all of its labels, in NumPy and OpenCV.

They run inside tf.data and `PyDataset` alike, and never see TensorFlow. Pixel coordinates are
continuous: the image spans [0, W] × [0, H] and pixel (i, j) covers [j, j+1] × [i, i+1].
"""

import re
import statistics

import cv2
import numpy as np

from xdomain_keras.data.sample import EDGE_MAPS, LINEAR_MAPS, MAPS, NEAREST_MAPS
from xdomain_keras.errors import ConfigError

# Of equal probability, standard deviation 1: a random byte picks one, which is many times faster than a normal draw.
NORMAL_QUANTILES = np.array([statistics.NormalDist().inv_cdf((byte + 0.5) / 256) for byte in range(256)], np.float32)
NORMAL_QUANTILES /= NORMAL_QUANTILES.std()

SIDES = (("left", "right"), ("Left", "Right"), ("LEFT", "RIGHT"))
MIRRORED = dict(SIDES) | {right: left for left, right in SIDES}
SIDE = re.compile("|".join(MIRRORED))
# As a word, so that no name is blamed for being upright.
SIDE_WORD = re.compile(
    r"(?<![A-Za-z])(left|right)(?![a-z])|(Left|Right)(?![a-z])|(?<![A-Za-z])(LEFT|RIGHT)(?![A-Za-z])"
)


def resize(sample, size):
    """Stretch a sample to `size` (height, width); maps of ids keep their values.

    Args:
        sample: `dict` as in `data/sample.py`.
        size: (height, width) in pixels.

    Returns:
        A new sample.

    Example:

    >>> sample = {"image": np.zeros((4, 8, 3), np.uint8), "id": "a", "boxes_xyxy": np.array([[0, 0, 8, 4]], np.float32)}
    >>> resize(sample, (8, 8))["boxes_xyxy"]
    array([[0., 0., 8., 8.]], dtype=float32)
    """
    height, width = sample["image"].shape[:2]
    if (height, width) == tuple(size):
        return dict(sample)
    resized = dict(sample)
    shrinks = size[0] * size[1] < height * width
    smooth = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    for key, value in sample.items():
        if key == "image" or key in LINEAR_MAPS:
            resized[key] = cv2.resize(value, size[::-1], interpolation=smooth)
        elif key in EDGE_MAPS:
            resized[key] = resize_edges(value, size)
        elif key in NEAREST_MAPS:
            near = cv2.resize(value, size[::-1], interpolation=cv2.INTER_NEAREST)
            resized[key] = near.reshape(*size, *value.shape[2:])  # OpenCV drops the axis of a single channel
    return scale_coordinates(resized, size[1] / width, size[0] / height)


def resize_edges(edges, size):
    """Stretch edge maps: a cell is an edge where one of its pixels is, so that thin lines do not break.

    Args:
        edges: uint8 `[H, W]` or `[H, W, A]`; 1 on an edge, 255 = ignored.
        size: (height, width) in pixels.

    Example:

    >>> resize_edges(np.eye(4, dtype=np.uint8), (2, 2)).tolist()
    [[1, 0], [0, 1]]
    """
    if edges.ndim == 3:  # a channel at a time: OpenCV drops the axis of a single one
        return np.stack([resize_edges(edges[..., channel], size) for channel in range(edges.shape[-1])], axis=-1)
    near = cv2.resize(edges, size[::-1], interpolation=cv2.INTER_NEAREST)
    if size[0] * size[1] >= edges.size:
        return near
    touched = cv2.resize((edges == 1).astype(np.float32), size[::-1], interpolation=cv2.INTER_AREA) > 0
    return np.where(touched, np.uint8(1), near)


def scale_coordinates(sample, scale_x, scale_y):
    """Multiply every coordinate of boxes and points."""
    scaled = dict(sample)
    scale = np.array([scale_x, scale_y], np.float32)
    if "boxes_xyxy" in sample:
        scaled["boxes_xyxy"] = sample["boxes_xyxy"] * np.tile(scale, 2)
    if "fixations_xy" in sample:
        scaled["fixations_xy"] = sample["fixations_xy"] * scale
    if "keypoints" in sample:
        scaled["keypoints"] = sample["keypoints"] * np.array([scale_x, scale_y, 1, 1], np.float32)
    return scaled


def flip(sample, *, vertical=False):
    """Mirror a sample left to right, or top to bottom.

    Keypoints keep their order: a left hand becomes the mirrored hand at the same index; `Augment` gives it its name.

    Example:

    >>> flip({"image": np.zeros((4, 8, 3), np.uint8), "fixations_xy": np.array([[1, 1]], np.float32)})["fixations_xy"]
    array([[7., 1.]], dtype=float32)
    """
    axis, extent = (1, sample["image"].shape[0]) if vertical else (0, sample["image"].shape[1])
    flipped = dict(sample)
    for key, value in sample.items():
        if key == "image":
            flipped[key] = cv2.flip(value, 0 if vertical else 1)  # ten times as fast as NumPy's strides
        elif key in MAPS:
            flipped[key] = np.ascontiguousarray(value[::-1] if vertical else value[:, ::-1])
    if "normals" in flipped:
        flipped["normals"][..., axis] *= -1
    if "boxes_xyxy" in sample:
        flipped["boxes_xyxy"] = boxes = sample["boxes_xyxy"].copy()
        boxes[:, [axis, axis + 2]] = extent - sample["boxes_xyxy"][:, [axis + 2, axis]]
    for key in ("fixations_xy", "keypoints"):
        if key in sample:
            flipped[key] = sample[key].copy()
            flipped[key][:, axis] = extent - sample[key][:, axis]
    return flipped


def crop(sample, left, top, width, height):
    """Cut a window out of a sample; boxes whose centre leaves it are dropped, the others clipped.

    Args:
        sample: `dict` as in `data/sample.py`.
        left: first column of the window, ≥ 0, in pixels.
        top: first row of the window, ≥ 0, in pixels.
        width: of the window in pixels, within the image.
        height: of the window in pixels, within the image.

    Example:

    >>> crop({"image": np.zeros((8, 8, 3), np.uint8), "fixations_xy": np.float32([[1, 1], [5, 5]])}, 4, 4, 4, 4)[
    ...     "fixations_xy"
    ... ]
    array([[1., 1.]], dtype=float32)
    """
    cut = dict(sample)
    window = (slice(top, top + height), slice(left, left + width))
    for key, value in sample.items():
        if key == "image" or key in MAPS:
            cut[key] = value[window]
    corner, extent = np.float32([left, top]), np.float32([width, height])
    if "boxes_xyxy" in sample:
        boxes = sample["boxes_xyxy"].reshape(-1, 2, 2) - corner
        centers = boxes.mean(1)
        inside = ((centers >= 0) & (centers < extent)).all(1)
        cut["boxes_xyxy"] = np.clip(boxes, 0, extent)[inside].reshape(-1, 4)
        if "classes" in sample:
            cut["classes"] = sample["classes"][inside]
    if "fixations_xy" in sample:
        points = sample["fixations_xy"] - corner
        cut["fixations_xy"] = points[((points >= 0) & (points < extent)).all(1)]
    if "keypoints" in sample:
        cut["keypoints"] = sample["keypoints"] - np.float32([left, top, 0, 0])  # outside too: heatmaps reach in
    return cut


def scale_depths(sample, factor):
    """Multiply every distance along the optical axis.

    Example:

    >>> scale_depths({"depth_meters": np.float32([[0, 2]])}, 0.5)["depth_meters"]
    array([[0., 1.]], dtype=float32)
    """
    scaled = dict(sample)
    if "depth_meters" in sample:
        scaled["depth_meters"] = sample["depth_meters"] * np.float32(factor)
    if "keypoints" in sample:
        scaled["keypoints"] = sample["keypoints"] * np.float32([1, 1, factor, 1])
    return scaled


def mirrored_order(names):
    """The order of named keypoints in a mirror, where left is right.

    Example:

    >>> mirrored_order(["left_eye", "nose", "right_eye", "LeftEar", "RightEar"])
    [2, 1, 0, 4, 3]
    """
    rows = {name: row for row, name in enumerate(names)}
    turned = [[side.sub(lambda found: MIRRORED[found[0]], name) for side in (SIDE_WORD, SIDE)] for name in names]
    return [
        next((rows[other] for other in others if other != name and other in rows), rows[name])
        for name, others in zip(names, turned, strict=True)
    ]


class Augment:
    """Random changes that keep labels true: flips, a crop, brightness, contrast, colour and noise.

    Paper 000 §4.2 uses both flips and Gaussian noise, which leave gaze as it is (Che et al. 2019).

    Args:
        horizontal_flip: probability.
        vertical_flip: probability.
        min_crop: smallest side of the random crop as a part of the image's, in (0, 1]; 1 = none. The crop is shown
            larger, and so its depths are divided by the zoom.
        crop_size: (height, width) in pixels of a random window, in place of `min_crop`; an image that is smaller is
            taken whole. With the network's own input size nothing is stretched.
        keypoint_names: of the samples' keypoints: a flip exchanges what differs in `left` and `right` alone, in small
            letters, with a capital or in capitals.
        brightness: largest change of the mean, as a part of 255.
        contrast: largest relative change of the contrast.
        color: largest relative change of a channel's gain.
        noise: standard deviation of the Gaussian noise, as a part of 255.

    Example:

    >>> augment = Augment(horizontal_flip=1.0)
    >>> sample = {"image": np.arange(12, dtype=np.uint8).reshape(1, 4, 3)}
    >>> augment(sample, np.random.default_rng(0))["image"][0, 0]
    array([ 9, 10, 11], dtype=uint8)
    """

    def __init__(
        self,
        horizontal_flip: float = 0.0,
        vertical_flip: float = 0.0,
        min_crop: float = 1.0,
        brightness: float = 0.0,
        contrast: float = 0.0,
        color: float = 0.0,
        noise: float = 0.0,
        crop_size: list[int] | None = None,
        keypoint_names=(),
    ):
        for name, value in (("horizontal_flip", horizontal_flip), ("vertical_flip", vertical_flip)):
            if not 0 <= value <= 1:
                raise ConfigError(f"{name} is {value}; expected a probability in [0, 1].")
        if min(brightness, contrast, color, noise) < 0:
            given = f"brightness {brightness}, contrast {contrast}, color {color}, noise {noise}"
            raise ConfigError(f"{given}; expected numbers from 0 up.")
        if not 0 < min_crop <= 1:
            raise ConfigError(f"min_crop is {min_crop}; expected a part of the image's side in (0, 1].")
        if crop_size is not None and (len(crop_size) != 2 or min(crop_size) < 1 or min_crop < 1):
            raise ConfigError(
                f"crop_size is {crop_size}; expected [height, width] in pixels, and no min_crop beside it."
            )
        self.crop_size, self.mirrored = crop_size, mirrored_order(keypoint_names)
        for row, name in enumerate(keypoint_names if horizontal_flip or vertical_flip else ()):
            if self.mirrored[row] == row and SIDE_WORD.search(name):
                raise ConfigError(
                    f"a flip makes left of right, but keypoint `{name}` has no other side among the names; rename it "
                    "as its counterpart is, or leave horizontal_flip and vertical_flip out."
                )
        self.horizontal_flip, self.vertical_flip, self.min_crop = horizontal_flip, vertical_flip, min_crop
        self.brightness, self.contrast, self.color, self.noise = brightness, contrast, color, noise

    def __call__(self, sample, rng):
        """Return a changed sample; equal `rng` states give equal samples."""
        draws = rng.random(5)
        height, width = sample["image"].shape[:2]
        if self.crop_size:
            cut = (min(height, self.crop_size[0]), min(width, self.crop_size[1]))
        elif self.min_crop < 1:
            side = self.min_crop + (1 - self.min_crop) * draws[0]
            cut = (max(1, round(height * side)), max(1, round(width * side)))
        if self.crop_size or self.min_crop < 1:
            left, top = int(draws[1] * (width - cut[1] + 1)), int(draws[2] * (height - cut[0] + 1))
            sample = crop(sample, left, top, cut[1], cut[0])
            if not self.crop_size:  # what is shown larger stands nearer to the same camera (Eigen et al. 2014, §3.4)
                sample = scale_depths(sample, np.float32((cut[0] * cut[1] / (height * width)) ** 0.5))
        if draws[3] < self.horizontal_flip:
            sample = flip(sample)
        if draws[4] < self.vertical_flip:
            sample = flip(sample, vertical=True)
        if (draws[3] < self.horizontal_flip) != (draws[4] < self.vertical_flip) and "keypoints" in sample:
            sample["keypoints"] = sample["keypoints"][self.mirrored or slice(None)]
        return {**sample, "image": self.change_colors(sample["image"], rng)}

    def change_colors(self, image, rng):
        """The image, uint8 `[H, W, 3]`, with random brightness, contrast, colour gains and noise."""
        gains = 1 + self.contrast * rng.uniform(-1, 1) + self.color * rng.uniform(-1, 1, 3)
        shift = 255 * self.brightness * rng.uniform(-1, 1)
        if not (self.brightness or self.contrast or self.color or self.noise):
            return image
        values = np.arange(256).reshape(1, -1, 1)
        table = ((values - 128) * gains + 128 + shift).astype(np.float32)
        if not self.noise:
            return cv2.LUT(image, np.clip(table + 0.5, 0, 255).astype(np.uint8))
        draws = np.frombuffer(rng.bytes(image.size), np.uint8).reshape(image.shape)
        noise = cv2.LUT(draws, np.float32(255 * self.noise) * NORMAL_QUANTILES)
        return cv2.add(cv2.LUT(image, table), noise, dtype=cv2.CV_8U)  # rounds, and stops at 0 and 255
