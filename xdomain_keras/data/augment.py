"""Augmentation: random changes of an image that keep its labels true."""

import statistics

import cv2
import numpy as np

from xdomain_keras.data.labels import LABELS
from xdomain_keras.data.transforms import crop, flip, move, zoom
from xdomain_keras.errors import ConfigError

# Of equal probability, standard deviation 1: a random byte picks one, which is many times faster than a normal draw.
NORMAL_QUANTILES = np.array([statistics.NormalDist().inv_cdf((byte + 0.5) / 256) for byte in range(256)], np.float32)
NORMAL_QUANTILES /= NORMAL_QUANTILES.std()


class Augment:
    """Random changes that keep labels true: flips, a crop, brightness, contrast, colour and noise.

    Paper 000 §4.2 uses both flips and Gaussian noise, which leave gaze as it is (Che et al. 2019).

    Args:
        horizontal_flip: probability.
        vertical_flip: probability.
        min_crop: smallest side of the random crop as a part of the image's, in (0, 1]; 1 = none. The crop is shown
            larger, and so its depths are divided by the zoom.
        brightness: largest change of the mean, as a part of 255.
        contrast: largest relative change of the contrast.
        color: largest relative change of a channel's gain.
        noise: standard deviation of the Gaussian noise, as a part of 255.
        crop_size: (height, width) in pixels of a random window, in place of `min_crop`; an image that is smaller is
            taken whole. With the network's own input size nothing is stretched.
        kinds: dict of kind → `Label`, those that the samples may carry; a source's `labels`.
        names: dict of kind → names; a source's `names`. A flip exchanges keypoints whose names differ in `left` and
            `right` alone, in small letters, with a capital or in capitals.

    Raises:
        ConfigError: a number is out of its range, or a name has a side without a counterpart and flips are asked for.

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
        kinds=LABELS,
        names=(),
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
        self.crop_size, self.kinds, self.orders = crop_size, kinds, {}
        if horizontal_flip or vertical_flip:
            orders = {kind: kinds[kind].side_order(own) for kind, own in dict(names).items()}
            self.orders = {kind: order for kind, order in orders.items() if order is not None}
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
            sample = crop(sample, left, top, cut[1], cut[0], self.kinds)
            if not self.crop_size:  # what is shown larger stands nearer to the same camera (Eigen et al. 2014, §3.4)
                sample = zoom(sample, np.float32((cut[0] * cut[1] / (height * width)) ** 0.5), self.kinds)
        if draws[3] < self.horizontal_flip:
            sample = flip(sample, kinds=self.kinds)
        if draws[4] < self.vertical_flip:
            sample = flip(sample, vertical=True, kinds=self.kinds)
        if (draws[3] < self.horizontal_flip) != (draws[4] < self.vertical_flip):
            sample = {**sample, **move(sample, self.kinds, self.exchange_sides)}
        return {**sample, "image": self.change_colors(sample["image"], rng)}

    def exchange_sides(self, kind, arrays):
        """Arrays of a mirrored image, with what is left by its name now called right."""
        return kind.exchange_sides(arrays, self.orders[kind.name]) if kind.name in self.orders else arrays

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
