"""Baselines: what can be predicted without a look at the image, from the labels of the training images alone.

A score is worth what it adds to that of its baseline.
"""

import base64
import zlib

import cv2
import numpy as np


class Baseline:
    """Base of the baselines: it is fitted to samples one by one, and then predicts the same for every image.

    Attributes:
        name: as a person reads it.

    Example:

    >>> baseline = Constant("salient_object", 1.0, "everything is the object")
    >>> baseline.predict(baseline.values(), (2, 3))["salient_object"].tolist()
    [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]
    """

    name = ""

    def add(self, sample):
        """Look at the labels of one training image, as stored."""

    def values(self):
        """What was found, as plain values that JSON can hold; None where no image had a label."""
        return {}

    def predict(self, values, shape):
        """The prediction, under sample keys.

        Args:
            values: what `values` returned, perhaps in another process.
            shape: (height, width) of the image in pixels.
        """
        raise NotImplementedError


class Constant(Baseline):
    """One number in every pixel; nothing is fitted.

    Args:
        key: of the sample.
        value: float.
        name: as a person reads it.
        shape: of a pixel, as (1,).
        dtype: of the map.

    Example:

    >>> Constant("edges", 0.0, "no edge").predict({}, (1, 2))["edges"].tolist()
    [[0.0, 0.0]]
    """

    def __init__(self, key, value, name, shape=(), dtype=np.float32):
        self.key, self.value, self.name, self.shape, self.dtype = key, value, name, shape, dtype

    def predict(self, values, shape):
        return {self.key: np.full((*shape, *self.shape), self.value, self.dtype)}


class NoBox(Baseline):
    """No box at all; nothing is fitted.

    Example:

    >>> NoBox().predict({}, (8, 8))["boxes_xyxy"].shape
    (0, 4)
    """

    name = "no box"

    def predict(self, values, shape):
        rows = {"scores": np.zeros(0, np.float32), "classes": np.zeros(0, np.int32)}
        return {"boxes_xyxy": np.zeros((0, 4), np.float32), **rows}


class MajorityClass(Baseline):
    """The class that most pixels are, or may be, in every pixel.

    Args:
        key: of the sample.
        num_classes: number of classes.
        sets: lists of class indices, the sets that ids from the number of classes on stand for.

    Example:

    >>> baseline = MajorityClass("semantic_ids", 3)
    >>> baseline.add({"semantic_ids": np.int32([[2, 2, 0, -1]])})
    >>> baseline.values()
    {'class': 2}
    """

    name = "majority class"

    def __init__(self, key, num_classes, sets=()):
        self.key, self.counts, self.sets = key, np.zeros(num_classes, np.int64), sets

    def add(self, sample):
        ids, number = sample[self.key], len(self.counts)
        found = np.bincount(ids[ids >= 0], minlength=number + len(self.sets))
        self.counts += found[:number]
        for place, members in enumerate(self.sets):
            self.counts[list(members)] += found[number + place]

    def values(self):
        return {"class": int(self.counts.argmax())} if self.counts.any() else None

    def predict(self, values, shape):
        return {self.key: np.full(shape, values["class"], np.int32)}


class MeanValue(Baseline):
    """The mean over the known pixels of all images, in every pixel.

    Args:
        key: of the sample.
        known: callable, map → bool `[H, W]`.
        name: as a person reads it.
        unit_length: whether the mean is a vector that is made as long as 1.

    Example:

    >>> baseline = MeanValue("depth_meters", lambda depth: depth > 0, "mean depth")
    >>> baseline.add({"depth_meters": np.float32([[0, 2, 4]])})
    >>> baseline.values()
    {'mean': 3.0}
    """

    def __init__(self, key, known, name, unit_length=False):
        self.key, self.known, self.name, self.unit_length = key, known, name, unit_length
        self.total, self.count = 0.0, 0

    def add(self, sample):
        known = sample[self.key][self.known(sample[self.key])]
        self.total, self.count = self.total + known.sum(axis=0, dtype=np.float64), self.count + len(known)

    def values(self):
        if not self.count:
            return None
        mean = self.total / self.count
        if self.unit_length:
            mean = mean / max(float(np.linalg.norm(mean)), 1e-12)
        return {"mean": np.asarray(mean).tolist()}

    def predict(self, values, shape):
        mean = np.float32(values["mean"])
        return {self.key: np.broadcast_to(mean, (*shape, *mean.shape)).copy()}


class MeanPoints(Baseline):
    """Every keypoint at its mean place in the image and mean depth, as surely as it is seen.

    Args:
        num_points: K.
        present: callable, sample → bool `[K]`, which points are known to be in the image.

    Example:

    >>> baseline = MeanPoints(1, lambda sample: sample["keypoints"][:, 3] > 0)
    >>> baseline.add({"image": np.zeros((4, 8, 3)), "keypoints": np.float32([[2, 1, 5, 2]])})
    >>> baseline.predict(baseline.values(), (8, 8))["keypoints"].tolist()
    [[2.0, 2.0, 5.0, 1.0]]
    """

    name = "mean keypoints"

    def __init__(self, num_points, present):
        self.present, self.totals, self.images = present, np.zeros((num_points, 4)), 0

    def add(self, sample):
        present, points = self.present(sample), sample["keypoints"].astype(np.float64)
        height, width = sample["image"].shape[:2]
        rows = np.column_stack([points[:, :2] / (width, height), points[:, 2], np.ones(len(points))])
        self.totals[present] += rows[present]
        self.images += 1

    def values(self):
        if not self.images:
            return None
        seen = np.maximum(self.totals[:, 3:], 1)
        return {"points": np.column_stack([self.totals[:, :3] / seen, self.totals[:, 3] / self.images]).tolist()}

    def predict(self, values, shape):
        return {"keypoints": np.float32(values["points"]) * np.float32([shape[1], shape[0], 1, 1])}


class CenterPrior(Baseline):
    """The mean saliency density of the training images.

    People look at the middle of photographs, so this baseline beats many models (Tatler 2007, «The central fixation
    bias in scene viewing»). Each density counts the same: it is scaled to sum 1, resized to a common grid (so positions
    are relative to the image's width and height), and averaged; all-zero maps (images without fixations) are left out.

    Args:
        density: callable, sample → float `[H, W]`.
        grid: (height, width) of the grid that holds the mean.

    Example:

    >>> prior = CenterPrior(lambda sample: sample["saliency_map"], grid=(4, 4))
    >>> prior.add({"saliency_map": np.eye(4, dtype=np.float32)})
    >>> prior.predict(prior.values(), (8, 8))["saliency_map"].shape
    (8, 8)
    """

    name = "centre prior"

    def __init__(self, density, grid=(240, 320)):
        self.density, self.total = density, np.zeros(grid, np.float64)

    def add(self, sample):
        density = self.density(sample)
        if np.any(density):
            resized = resize_density(np.asarray(density, np.float32), self.total.shape)
            self.total += resized / resized.sum(dtype=np.float64)

    def values(self):
        if not self.total.any():
            return None
        mean = (self.total / self.total.max()).astype(np.float32)
        packed = base64.b64encode(zlib.compress(mean.tobytes(), 9)).decode()
        return {"grid": list(mean.shape), "float32": packed}

    def predict(self, values, shape):
        mean = np.frombuffer(zlib.decompress(base64.b64decode(values["float32"])), np.float32)
        resized = resize_density(mean.reshape(values["grid"]), shape)
        return {"saliency_map": resized / resized.max()}


def resize_density(density, shape):
    """A density at another size; averaged when shrinking: linear interpolation would skip pixels, and narrow peaks."""
    shrinks = shape[0] < density.shape[0] or shape[1] < density.shape[1]
    return cv2.resize(density, shape[::-1], interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
