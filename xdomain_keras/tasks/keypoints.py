"""Keypoints: where named points of an object are, and how far away."""

import colorsys

import cv2
import numpy as np

from xdomain_keras.data.baselines import MeanPoints
from xdomain_keras.data.labels import KEYPOINTS
from xdomain_keras.errors import ConfigError, DataError
from xdomain_keras.layers.decode_keypoints import DecodeKeypoints
from xdomain_keras.losses.keypoints_loss import KeypointsLoss
from xdomain_keras.metrics.keypoints import KeypointsMetrics
from xdomain_keras.models.deconv_heads import KeypointsHead
from xdomain_keras.signatures import call
from xdomain_keras.tasks.task import Task

FAINTEST = 0.05  # peak that is drawn
FAR = (-1.0, 2.0)  # parts of the image's size: of a Gaussian this far outside nothing is in it, if σ is any use


class Keypoints(Task):
    """A heatmap and a depth for each keypoint (paper 004, §4.1; Bulat & Tzimiropoulos 2017).

    Nothing is learnt of a keypoint of visibility 0, unless `absent` says that it is not in the image: then its heatmap
    is to be empty, as it is, but for the Gaussian's tail, for one that a crop has left outside.

    Args:
        name: of the task.
        size: (height, width) of the network's input in pixels.
        class_names: of the keypoints, in the order of the rows.
        sigma: of the heatmaps' Gaussians, in cells of the heatmap.
        scale: metres that the network's depth of 1.0 stands for.
        depth_weight: of the squared error of the depths against that of the heatmaps.
        absent: whether visibility 0 says "not in the image" (as in rendered scenes), and not "not known".
        head: options of `models.KeypointsHead`.
        metrics: options of `metrics.KeypointsMetrics`; with `absent` its `normalizer` is the image where none is named.

    Raises:
        ConfigError: no keypoint has a name, or a number is not above 0.

    Example:

    >>> task = Keypoints("keypoints", (8, 8), ["nose", "chin"])
    >>> task.encode({"image": np.zeros((8, 8, 3)), "keypoints": np.float32([[2, 4, 3, 2], [9, 4, 1, 2]])}).tolist()
    [[0.25, 0.5, 3.0, 1.0], [1.125, 0.5, 0.0, 1.0]]
    """

    labels = (KEYPOINTS,)
    main_metric = "PCK"
    errors = ("NME", "depth_abs")

    def __init__(
        self,
        name,
        size,
        class_names: list[str],
        sigma: float = 1.0,
        scale: float = 1.0,
        depth_weight: float = 1.0,
        absent: bool = False,
        head: dict | None = None,
        metrics: dict | None = None,
    ):
        super().__init__(name, size)
        if not class_names:
            raise ConfigError(
                f"tasks.{name}: the source names no keypoints; give `class_names` here, one for each row."
            )
        if not (sigma > 0 and scale > 0 and depth_weight >= 0):
            raise ConfigError(
                f"tasks.{name}: sigma {sigma}, scale {scale}, depth_weight {depth_weight}; expected the first two "
                "above 0, and the last not below."
            )
        self.class_names, self.absent = tuple(class_names), absent
        self.sigma, self.scale, self.depth_weight = sigma, scale, depth_weight
        self.keypoints_head = call(KeypointsHead, head or {}, f"tasks.{name}.head", channels=len(self.class_names))
        # The box about the keypoints that are in the image is empty where there is one.
        self.metric_options = {**({"normalizer": "image"} if absent else {}), **(metrics or {})}
        if len(self.class_names) == 1 and self.metrics().normalizer == "box":
            raise ConfigError(
                f"tasks.{name}: the box about one keypoint is empty; set tasks.{name}.metrics.normalizer to image, by "
                "whose size distances are divided then."
            )

    def baseline(self):
        return MeanPoints(len(self.class_names), self.present)

    def places(self, sample):
        return {int(row): tuple(sample["keypoints"][row, :2]) for row in np.flatnonzero(self.present(sample))}

    def as_rows(self, prediction):
        return {"keypoints": prediction["keypoints"].tolist()}

    def present(self, sample):
        """Which keypoints are known to be in the image, bool `[K]`."""
        points, (height, width) = sample["keypoints"], sample["image"].shape[:2]
        x, y, _, visibility = points.T
        return (visibility > 0) & (x >= 0) & (x < width) & (y >= 0) & (y < height)

    def given(self, sample):
        """Of which keypoints the place is known, in the image or, after a crop, outside, bool `[K]`."""
        points = sample["keypoints"]
        return (points[:, 3] > 0) & np.isfinite(points[:, :2]).all(axis=1)

    def has_labels(self, sample):
        """Whether the place of a keypoint at least is known; with `absent` it is enough to know that none is there."""
        return super().has_labels(sample) and bool(self.absent or self.given(sample).any())

    def encode(self, sample):
        found, expected = len(sample["keypoints"]), len(self.class_names)
        if found != expected:
            raise DataError(
                f"{sample.get('id', 'image')}: keypoints: {found} rows; expected {expected}, one for each of the names "
                f"of tasks.{self.name}."
            )
        height, width = sample["image"].shape[:2]
        present, given = self.present(sample), self.given(sample)
        rows = sample["keypoints"] / np.float32([width, height, self.scale, 1])
        rows[:, 2], rows[:, 3] = np.where(present & np.isfinite(rows[:, 2]), rows[:, 2], 0), 1
        rows[:, :2] = rows[:, :2].clip(*FAR)
        elsewhere = np.float32([FAR[0], FAR[0], 0, 1]) if self.absent else np.float32(0)
        rows = np.where(given[:, None], rows, elsewhere)
        return np.where(sample["keypoints"][:, 3:] < 0, np.float32(0), rows)  # of what is not annotated

    def empty(self):
        return np.zeros((len(self.class_names), 4), np.float32)

    def head(self):
        return self.keypoints_head

    def loss(self, network):
        return KeypointsLoss(self.sigma, self.depth_weight)

    def decoder(self, network):
        return DecodeKeypoints(self.size, name=f"{self.name}_decoder")

    def prediction(self, decoded, shape):
        """Rows of x, y in pixels of the image, depth in metres, and the heatmap's peak for the visibility."""
        factors = [shape[1] / self.size[1], shape[0] / self.size[0], self.scale, 1]
        return {"keypoints": np.asarray(decoded["points"], np.float32) * np.float32(factors)}

    def metrics(self):
        fixed = {"absent": self.absent, "name": self.name}
        return call(KeypointsMetrics, self.metric_options, f"tasks.{self.name}.metrics", **fixed)

    def measure(self, metric, sample, prediction):
        metric.update_state(sample["keypoints"], prediction["keypoints"], sample["image"].shape[:2])

    def draw(self, image, label):
        """A disc for each keypoint in a colour of its own; of a prediction the fainter the lower its peak."""
        picture = np.array(image, np.uint8)
        radius = max(2, round(min(picture.shape[:2]) / 40))
        for row, (x, y, _, seen) in enumerate(np.asarray(label["keypoints"], np.float64)):
            if seen > FAINTEST:
                color = [255 * part for part in colorsys.hsv_to_rgb(row / len(self.class_names), 1, 1)]
                disc = cv2.circle(picture.copy(), (int(x), int(y)), radius + 1, (0, 0, 0), -1, cv2.LINE_AA)
                disc = cv2.circle(disc, (int(x), int(y)), radius, color, -1, cv2.LINE_AA)
                opacity = min(1.0, 2 * seen)
                picture = cv2.addWeighted(disc, opacity, picture, 1 - opacity, 0)
        return picture
