"""The heads of paper 004: one transposed convolution, and what it needs beside for keypoints."""

import dataclasses
import typing

import keras
from keras import layers, ops

from xdomain_keras.models.head import Head, take_level


@keras.saving.register_keras_serializable(package="xdomain_keras")
@dataclasses.dataclass(frozen=True)
class DeconvHead(Head):
    """One 4x4 transposed convolution of stride 2 (paper 004, §4.4): half of the images' size on a level of stride 4.

    The output is `[B, 2h, 2w, channels]`, linear.

    Args:
        channels: of the output.
        tap: level of the backbone.

    Example:

    >>> DeconvHead(channels=3)({"c2": keras.Input((16, 24, 8))}, "normals").shape
    (None, 32, 48, 3)
    """

    class_layers: typing.ClassVar = ("deconv",)
    channels: int = 1
    tap: str = "c2"

    def __call__(self, pyramid, name):
        x = take_level(pyramid, self.tap, self, name)
        return layers.Conv2DTranspose(self.channels, 4, 2, padding="same", dtype="float32", name=f"{name}_deconv")(x)


@keras.saving.register_keras_serializable(package="xdomain_keras")
@dataclasses.dataclass(frozen=True)
class KeypointsHead(Head):
    """A heatmap and a depth for each keypoint (paper 004, §4.1 and 4.4; Bulat & Tzimiropoulos 2017).

    A `DeconvHead` for the heatmaps; for the depths the mean over a coarser level, a dense layer of `hidden` units with
    ReLU, and a dense layer. The output is `[B, 2h, 2w, 2 channels]`: the heatmaps, then the depths, the same at
    every place.

    Args:
        channels: number of keypoints.
        tap: level of the heatmaps.
        depth_tap: level of the depths, that of the second step up.
        hidden: units.

    Example:

    >>> pyramid = {"c2": keras.Input((16, 24, 8)), "c3": keras.Input((8, 12, 8))}
    >>> KeypointsHead(channels=5)(pyramid, "keypoints").shape
    (None, 32, 48, 10)
    """

    class_layers: typing.ClassVar = ("deconv", "depth")
    channels: int = 1
    tap: str = "c2"
    depth_tap: str = "c3"
    hidden: int = 256

    def __call__(self, pyramid, name):
        heatmaps = DeconvHead(self.channels, self.tap)(pyramid, name)
        x = layers.GlobalAveragePooling2D(name=f"{name}_pool")(take_level(pyramid, self.depth_tap, self, name))
        x = layers.Dense(self.hidden, activation="relu", name=f"{name}_hidden")(x)
        x = layers.Dense(self.channels, dtype="float32", name=f"{name}_depth")(x)
        depths = layers.Reshape((1, 1, self.channels), dtype="float32", name=f"{name}_depth_map")(x)
        return ops.concatenate([heatmaps, depths + ops.zeros_like(heatmaps)], axis=-1)
