"""The object detection stream: the single shot detector over any pyramid."""

import dataclasses
import typing

import keras
from keras import layers

from xdomain_keras.errors import ConfigError
from xdomain_keras.layers.anchors import (
    SSD300_ASPECT_RATIOS,
    count_anchors,
    make_anchors,
    spread_ratios,
)
from xdomain_keras.models.conv_norm import conv_norm
from xdomain_keras.models.head import Head, take_level
from xdomain_keras.signatures import require_known

SSD300_EXTRAS = ((256, 512, "strided"), (128, 256, "valid"), (128, 256, "valid"))


@keras.saving.register_keras_serializable(package="xdomain_keras")
@dataclasses.dataclass(frozen=True)
class SSDHead(Head):
    """Boxes and classes of every anchor (Liu et al. 2016, SSD; detection stream of paper 000, §4.1).

    Extra layers go on from the last tap: each is a 1x1 and a 3x3 convolution, with batch normalisation
    and ReLU. On every tap and extra lie a 3x3 convolution for the boxes and one for the classes.

    The output is `[B, A, 4 + 1 + C]`: 4 box codes (see `encode_boxes`), then the logits of the background
    (index 0) and of the C classes. Anchors go by level, row, column, shape, as `make_anchors` lays them.
    The defaults are SSD300: 8732 anchors at 300 pixels.

    Args:
        num_classes: C, without the background.
        taps: levels of the backbone, fine to coarse.
        extras: (1x1 filters, 3x3 filters, "strided" or "valid") of each further level: a strided one
            halves the map, a valid one takes off one cell on each side.
        aspect_ratios: numbers over 1 for all levels, or one tuple of them a level.
        scales: one number more than there are levels, fractions of the shorter side; None for SSD's.
        steps: pixels between anchors, a number a level; None for image size by feature size.

    Example:

    >>> head = SSDHead(3, taps=("c4", "c5"), extras=(), aspect_ratios=(2,))
    >>> pyramid = {"c4": keras.Input((6, 8, 16)), "c5": keras.Input((3, 4, 32))}
    >>> head(pyramid, "detection").shape
    (None, 240, 8)
    """

    class_layers: typing.ClassVar = ("classes",)
    other_channels: typing.ClassVar = 1
    num_classes: int
    taps: tuple[str, ...] = ("c3", "c4", "c5")
    extras: tuple = SSD300_EXTRAS
    aspect_ratios: tuple = SSD300_ASPECT_RATIOS
    scales: tuple[float, ...] | None = None
    steps: tuple[float, ...] | None = None

    def __post_init__(self):
        super().__post_init__()
        if not self.taps:
            raise ConfigError("taps: none; name the levels of the backbone that carry anchors.")
        for extra in self.extras:
            if not isinstance(extra, tuple) or len(extra) != 3:
                raise ConfigError(f"extras: {extra!r}; expected [1x1 filters, 3x3 filters, strided or valid].")

    def __call__(self, pyramid, name):
        maps = [take_level(pyramid, tap, self) for tap in self.taps]
        for index, (reduced, filters, kind) in enumerate(self.extras):
            maps.append(_extra(maps[-1], reduced, filters, kind, f"{name}_extra{index}"))
        ratios = spread_ratios(self.aspect_ratios, len(maps))
        levels = []
        for index, features in enumerate(maps):
            num_anchors = count_anchors(ratios[index])
            parts = [
                _predict(features, num_anchors, channels, f"{name}_{kind}{index}")
                for kind, channels in (("boxes", 4), ("classes", 1 + self.num_classes))
            ]
            levels.append(layers.Concatenate(axis=-1, dtype="float32", name=f"{name}_level{index}")(parts))
        if len(levels) == 1:
            return levels[0]
        return layers.Concatenate(axis=1, dtype="float32", name=f"{name}_anchors")(levels)

    def feature_sizes(self, backbone, image_size=None):
        """List (height, width) of every map that carries anchors.

        Args:
            backbone: model that yields the pyramid.
            image_size: (height, width) in pixels; None for the size that the backbone was built with.

        Returns:
            list of pairs of int.
        """
        height, width = image_size or backbone.input.shape[1:3]
        shapes = backbone.compute_output_shape((1, height, width, 3))
        sizes = [tuple(take_level(shapes, tap, self)[1:3]) for tap in self.taps]
        for _, _, kind in self.extras:
            sizes.append(tuple(_shrink(size, kind) for size in sizes[-1]))
        return sizes

    def make_anchors(self, backbone, image_size=None):
        """Lay the anchors of this head, in the order of its output.

        Args:
            backbone: model that yields the pyramid.
            image_size: (height, width) in pixels; None for the size that the backbone was built with.

        Returns:
            float32 `[A, 4]`, relative xyxy.
        """
        image_size = tuple(image_size or backbone.input.shape[1:3])
        sizes = self.feature_sizes(backbone, image_size)
        return make_anchors(image_size, sizes, self.scales, self.aspect_ratios, self.steps)


def _shrink(size, kind):
    return -(-size // 2) if kind == "strided" else size - 2


def _extra(x, reduced, filters, kind, name):
    require_known("kind of extra layer", kind, ("strided", "valid"), "SSDHead")
    sizes = [size for size in x.shape[1:3] if size is not None]
    if any(_shrink(size, kind) < 1 for size in sizes):
        raise ConfigError(
            f"SSDHead: {name} cannot take a 3x3 convolution without padding from a map of {tuple(sizes)} cells; "
            'make it "strided" in the head\'s `extras`, leave it out (`extras: []` for none), or give larger images.'
        )
    x = conv_norm(x, reduced, 1, f"{name}_reduce")
    if kind == "valid":
        return conv_norm(x, filters, 3, f"{name}_conv", padding="valid")
    x = layers.ZeroPadding2D(1, name=f"{name}_pad")(x)
    return conv_norm(x, filters, 3, f"{name}_conv", strides=2, padding="valid")


def _predict(features, num_anchors, channels, name):
    x = layers.Conv2D(num_anchors * channels, 3, padding="same", dtype="float32", name=name)(features)
    return layers.Reshape((-1, channels), dtype="float32", name=f"{name}_rows")(x)
