"""Salient object: the mask of what stands out."""

import numpy as np
from keras import ops

from xdomain_keras.data.baselines import Constant
from xdomain_keras.data.labels import SALIENT_OBJECT
from xdomain_keras.layers.decode_map import DecodeMap
from xdomain_keras.losses import (
    BinaryMapLoss,
    CASLoss,
    ClassAgnosticEntropy,
    DiscriminativeLoss,
    MagnetLoss,
    SegmentationLoss,
    TripletLoss,
)
from xdomain_keras.losses.stretching import stretch_to
from xdomain_keras.metrics.salient_object import SalientObjectMetrics
from xdomain_keras.signatures import construct
from xdomain_keras.tasks.dense import DenseTask
from xdomain_keras.tasks.task import faded

ONE_CHANNEL = {"balanced_entropy": BinaryMapLoss}
TWO_CHANNELS = {
    "cas": CASLoss,
    "class_agnostic_entropy": ClassAgnosticEntropy,
    "cross_entropy": SegmentationLoss,
    "discriminative": DiscriminativeLoss,
    "magnet": MagnetLoss,
    "triplet": TripletLoss,
}


class SalientObject(DenseTask):
    """The probability that a pixel belongs to the object.

    With the balanced cross entropy the network has one channel, a logit. With the losses of paper 003 it has two and
    their softmax; most of these do not say which one is the object. As there (§4.2), it is the channel that correlates
    more with the masks of the `validation` split.

    Args:
        name: of the task.
        size: (height, width) of the network's input in pixels.
        head: `name` and options of a head in `models/dense_heads.py`.
        loss: `name` (`"balanced_entropy"`; `"cas"`, `"class_agnostic_entropy"`, `"cross_entropy"`, `"discriminative"`,
            `"magnet"` or `"triplet"` over two channels) and options of a loss in `losses`.
        stride: of the target map against the input.

    Attributes:
        channel: of two, which is the object.

    Raises:
        ConfigError: an unknown loss.

    Example:

    >>> task = SalientObject("salient_object", (4, 4))
    >>> task.encode({"salient_object": np.eye(4, dtype=np.uint8)})[0, :, 0].tolist()
    [1.0, 0.0, 0.0, 0.0]
    """

    labels = (SALIENT_OBJECT,)
    key = "salient_object"
    main_metric = "F_max"
    errors = ("MAE",)

    def __init__(self, name, size, head: dict | None = None, loss: dict | None = None, stride: int = 1):
        self.loss_options = {"name": "balanced_entropy", **(loss or {})}
        two = self.loss_options["name"] in TWO_CHANNELS
        super().__init__(name, size, 2 if two else 1, head, stride)
        self.activation, self.channel = ("softmax", 1) if two else ("sigmoid", None)

    def baseline(self):
        return Constant(self.key, 1.0, "everything is the object")

    def encode(self, sample):
        return super().encode({self.key: (sample[self.key] > 0).astype(np.uint8)})  # masks of 0 and 255 are met too

    @property
    def needs_validation(self):
        return self.channel is not None

    @property
    def map_channels(self):
        return 0 if self.channel is not None else 1  # before validation nobody knows which channel is the object

    def map_prediction(self, y_pred, seed=None):
        if self.channel is None:
            return super().map_prediction(y_pred, seed)
        return ops.softmax(stretch_to(y_pred, self.shape), axis=-1)[..., self.channel : self.channel + 1]

    def loss(self, network):
        return construct({**ONE_CHANNEL, **TWO_CHANNELS}, self.loss_options, f"tasks.{self.name}.loss")

    def decoder(self, network):
        return DecodeMap(self.activation, self.size, self.channel, name=f"{self.name}_decoder")

    def settle(self, results):
        turned = self.channel is not None and results.get("correlation", 0) < 0
        if turned:
            self.channel = 1 - self.channel
        return turned

    def choices(self):
        return {} if self.channel is None else {"channel": self.channel}

    def choose(self, choices):
        self.channel = choices.get("channel", self.channel)

    def metrics(self):
        return SalientObjectMetrics(name=self.name)

    def draw(self, image, label):
        mask = np.clip(np.asarray(label[self.key], np.float32), 0, 1)[..., None]
        return (mask * np.asarray(image) + (1 - mask) * 0.5 * faded(image)).astype(np.uint8)
