"""What the tasks with a value a pixel share."""

import cv2
import numpy as np
from keras import ops

from xdomain_keras.data.labels import DenseLabel
from xdomain_keras.errors import ConfigError
from xdomain_keras.layers.decode_map import ACTIVATIONS, DecodeMap
from xdomain_keras.losses.stretching import stretch_to
from xdomain_keras.models.deconv_heads import DeconvHead
from xdomain_keras.models.dense_heads import DeepLabHead, FCNHead, SegNetHead, ThinHead
from xdomain_keras.models.generator import GeneratorHead
from xdomain_keras.models.projected_resnet import UpconvHead
from xdomain_keras.signatures import construct
from xdomain_keras.tasks.task import Task

DENSE_HEADS = {
    "thin": ThinHead,
    "segnet": SegNetHead,
    "deconv": DeconvHead,
    "deeplab": DeepLabHead,
    "fcn": FCNHead,
    "generator": GeneratorHead,
    "upconv": UpconvHead,
}


class DenseTask(Task):
    """Base of the tasks whose label is a map: the head's tensor and the target are `[B, H, W, C]`.

    Args:
        name: of the task.
        size: (height, width) of the network's input in pixels.
        channels: of the head.
        head: `name` (one of `DENSE_HEADS`) and options of a head in `models`.
        stride: of the target map against the input; the loss stretches the head's output to it.

    Attributes:
        key: the sample key of the map, in labels and predictions alike.
        activation: of `layers.DecodeMap`.

    Example:

    >>> from xdomain_keras.data.labels import DenseLabel
    >>> class Albedo(DenseTask):
    ...     labels, key, activation = (DenseLabel("albedo"),), "albedo", "sigmoid"
    >>> task = Albedo("albedo", (8, 8), channels=1, stride=2)
    >>> task.encode({"albedo": np.ones((8, 8), np.float32)}).shape
    (4, 4, 1)
    """

    key = activation = None

    def __init__(self, name, size, channels, head=None, stride=1):
        super().__init__(name, size)
        if stride < 1:
            raise ConfigError(f"tasks.{name}.stride is {stride}; expected an integer from 1 up.")
        self.shape = (-(-size[0] // stride), -(-size[1] // stride))
        options = {"name": "thin", **(head or {})}
        self.dense_head = construct(DENSE_HEADS, options, f"tasks.{name}.head", channels=channels)

    def shrink(self, label):
        """A label map `[H, W]` or `[H, W, C]` at the target's resolution; its values stay as they are."""
        if label.shape[:2] == self.shape:
            return label
        return cv2.resize(label, self.shape[::-1], interpolation=cv2.INTER_NEAREST)

    def known(self, label):
        """Which pixels of a label map are labelled, bool."""
        kinds = {kind.key: kind for each in self.alternatives() for kind in each if isinstance(kind, DenseLabel)}
        unknown = kinds[self.key].unknown if self.key in kinds else None
        return np.full(label.shape, True) if unknown is None else label != unknown

    def has_labels(self, sample):
        """Whether a pixel at least is labelled: an image of which nothing is known is not."""
        return super().has_labels(sample) and bool(self.known(sample[self.key]).any())

    def encode(self, sample):
        return self.shrink(sample[self.key]).astype(np.float32).reshape(*self.shape, -1)

    def empty(self):
        return np.zeros((*self.shape, 1), np.float32)

    def head(self):
        return self.dense_head

    @property
    def map_channels(self):
        """Channels of `map_prediction` and `map_target`."""
        return self.dense_head.channels

    def map_prediction(self, y_pred, seed=None):
        """A prediction as a map like `map_target`; differentiable.

        Args:
            y_pred: the head's tensor `[B, h, w, C]`.
            seed: `keras.random.SeedGenerator` where classes are to be drawn, else None.

        Returns:
            float32 `[B, H, W, map_channels]` at the target's resolution.
        """
        return ACTIVATIONS[self.activation](stretch_to(y_pred, self.shape))

    def map_target(self, y_true):
        """A target as a map in [0, 1]: what is unknown is 0.

        Args:
            y_true: `[B, H, W, …]` as `encode` makes it.

        Returns:
            float32 `[B, H, W, map_channels]`.
        """
        return ops.maximum(ops.cast(y_true, "float32"), 0.0)

    def decoder(self, network):
        return DecodeMap(self.activation, self.size, name=f"{self.name}_decoder")

    def prediction(self, decoded, shape):
        stretched = cv2.resize(np.asarray(decoded["map"], np.float32), shape[::-1], interpolation=cv2.INTER_LINEAR)
        return {self.key: stretched}

    def measure(self, metric, sample, prediction):
        metric.update_state(sample[self.key], prediction[self.key])
