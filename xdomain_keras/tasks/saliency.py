"""Saliency: where people look."""

import cv2
import numpy as np

from xdomain_keras.data.baselines import CenterPrior
from xdomain_keras.data.fixation_map import fixation_counts, fixation_density
from xdomain_keras.data.labels import FIXATIONS, SALIENCY_MAP
from xdomain_keras.errors import ConfigError
from xdomain_keras.layers.decode_map import DecodeMap
from xdomain_keras.losses.saliency_loss import SaliencyLoss
from xdomain_keras.metrics.saliency import SaliencyMetrics
from xdomain_keras.models.dense_heads import ThinHead
from xdomain_keras.models.saliency_streams import MSINetHead
from xdomain_keras.signatures import call, construct
from xdomain_keras.tasks.task import Task, faded

SALIENCY_HEADS = {"thin": ThinHead, "msinet": MSINetHead}


class Saliency(Task):
    """Fixation prediction: a map of logits, trained on fixations and their Gaussian density, or on a density alone.

    Where an image has both, its fixations count. Of an image with a density alone the scanpath term of the loss and the
    scores that need fixations are left out.

    Args:
        name: of the task.
        size: (height, width) of the network's input in pixels.
        sigma: standard deviation of the Gaussian in the density, as a part of the image's width.
            (12 px at 512 px width = 0.0234; one degree of visual angle is usual.)
        head: `name` (`"thin"` or `"msinet"`) and options of the stream in `models/saliency_streams.py`.
        loss: options of `losses.SaliencyLoss`.
        stride: of the target map against the input; the loss stretches the head's output to it.

    Example:

    >>> task = Saliency("saliency", (32, 32), sigma=0.05, stride=2)
    >>> sample = {"image": np.zeros((32, 32, 3), np.uint8), "fixations_xy": np.float32([[8, 8]])}
    >>> target = task.encode(sample)
    >>> target.shape, float(target[4, 4, 0]), float(target[..., 1].sum())
    ((16, 16, 2), 1.0, 1.0)
    """

    labels = ((FIXATIONS, SALIENCY_MAP),)
    main_metric = "CC"
    errors = ("KL",)

    def __init__(
        self,
        name,
        size,
        sigma: float = 12 / 512,
        head: dict | None = None,
        loss: dict | None = None,
        stride: int = 4,
    ):
        super().__init__(name, size)
        if not sigma > 0:
            raise ConfigError(f"tasks.{name}.sigma is {sigma}; expected a part of the image's width, above 0.")
        if stride < 1:
            raise ConfigError(f"tasks.{name}.stride is {stride}; expected an integer from 1 up.")
        self.sigma, self.stride, self.loss_options = sigma, stride, dict(loss or {})
        self.shape = (-(-size[0] // stride), -(-size[1] // stride))
        self.stream = construct(SALIENCY_HEADS, {"name": "thin", **(head or {})}, f"tasks.{name}.head")

    def baseline(self):
        return CenterPrior(self.density)

    def density(self, sample):
        """The density of an image as stored, float `[H, W]`: its fixations', or its own map where it has none."""
        if not FIXATIONS.present(sample):
            return sample["saliency_map"]
        shape = sample["image"].shape[:2]
        return fixation_density(sample["fixations_xy"], shape, self.sigma * shape[1])

    def encode(self, sample):
        if not FIXATIONS.present(sample):
            density = SALIENCY_MAP.resize_map(sample["saliency_map"], self.shape)
            return np.stack([density / max(density.max(), 1e-6), np.zeros_like(density)], axis=-1).astype(np.float32)
        points = sample["fixations_xy"] * np.float32([self.shape[1] / self.size[1], self.shape[0] / self.size[0]])
        counts = fixation_counts(points, self.shape)
        density = fixation_density(points, self.shape, self.sigma * self.shape[1])
        return np.stack([density, counts], axis=-1).astype(np.float32)

    def empty(self):
        return np.zeros((*self.shape, 2), np.float32)

    def head(self):
        return self.stream

    def loss(self, network):
        return call(SaliencyLoss, self.loss_options, f"tasks.{self.name}.loss")

    def decoder(self, network):
        return DecodeMap("sigmoid", name=f"{self.name}_decoder")

    def prediction(self, decoded, shape):
        small = np.asarray(decoded["map"], np.float32)[..., 0]
        return {"saliency_map": cv2.resize(small, shape[::-1], interpolation=cv2.INTER_LINEAR)}

    def metrics(self):
        return SaliencyMetrics(sigma_fraction=self.sigma, name=self.name)

    def measure(self, metric, sample, prediction):
        label = FIXATIONS.take(sample) or SALIENCY_MAP.take(sample)
        metric.update_state(label, prediction["saliency_map"])

    def draw(self, image, label):
        heat = self.density({**label, "image": image})
        heat = (255 * heat / max(float(heat.max()), 1e-6)).astype(np.uint8)
        colors = cv2.applyColorMap(heat, cv2.COLORMAP_INFERNO)[..., ::-1]
        return np.maximum(faded(image), colors)
