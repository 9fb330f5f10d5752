"""Regions: which pixels belong together, without a class."""

from typing import Literal

import numpy as np
from keras import ops

from xdomain_keras.data.baselines import Constant
from xdomain_keras.data.labels import REGIONS
from xdomain_keras.errors import ConfigError
from xdomain_keras.layers.decode_map import DecodeMap
from xdomain_keras.losses import CASLoss, DiscriminativeLoss, MagnetLoss, TripletLoss
from xdomain_keras.metrics.regions import RegionMetrics
from xdomain_keras.signatures import call, check_choices, construct
from xdomain_keras.tasks.dense import DenseTask
from xdomain_keras.tasks.region_merging import Merging, connected_components, stretch_regions

LOSSES = {"cas": CASLoss, "discriminative": DiscriminativeLoss, "magnet": MagnetLoss, "triplet": TripletLoss}


class Cuts:
    """How descriptors become regions: small pieces, merged up to each of some limits.

    Args:
        pieces: `"argmax"`: what hangs together of one largest channel (paper 003, §5.2); `"pixels"`: every cell of the
            network's map, whose descriptors decide alone.
        by: the cost of a merge, see `region_merging.Merging`.
        colors: weight of a pixel's own colour, red, green and blue in [0, 1], which then stands beside its descriptor;
            0: none.
        low: lowest limit, above 0.
        high: highest limit.
        number: of limits, in even ratios: the one parameter that ODS and OIS choose the best of.

    Raises:
        ConfigError: the limits are not a rising range, or the weight is below 0.

    Example:

    >>> Cuts(low=0.01, high=1.0, number=3).limits.round(3).tolist()
    [0.01, 0.1, 1.0]
    """

    def __init__(
        self,
        pieces: Literal["argmax", "pixels"] = "argmax",
        by: Literal["mumford_shah", "size"] = "mumford_shah",
        colors: float = 0.0,
        low: float = 1e-3,
        high: float = 1.0,
        number: int = 13,
    ):
        check_choices(Cuts, pieces=pieces, by=by)
        if not (0 < low <= high and number >= 1):
            raise ConfigError(f"cuts: low {low}, high {high}, number {number}; expected 0 < low ≤ high, and 1 or more.")
        if colors < 0:
            raise ConfigError(f"cuts: colors {colors}; expected a weight from 0 up.")
        self.pieces, self.by, self.colors, self.limits = pieces, by, colors, np.geomspace(low, high, number)

    def __call__(self, descriptors):
        """Segment `[H, W, M]`, colours last if there are any: int32 `[H, W, K]`, ever coarser."""
        shape = descriptors.shape[:2]
        pieces = np.arange(np.prod(shape)).reshape(shape)
        if self.pieces == "argmax":
            learnt = descriptors[..., :-3] if self.colors else descriptors
            pieces = connected_components(learnt.argmax(-1))
        merging = Merging(pieces, descriptors.astype(np.float64), self.by)
        return np.stack([merging.cut(limit) for limit in self.limits], axis=-1)


class Regions(DenseTask):
    """General segmentation: a descriptor a pixel, alike within a region and different beyond it (paper 003, §5.2).

    The label of an image are the regions of up to `annotators` people, whose losses are averaged; the numbers mean
    nothing. The descriptor is the softmax of the channels, or whatever the loss compares; `Cuts` makes regions of it. A
    prediction holds the regions at every limit, coarser and coarser.

    Args:
        name: of the task.
        size: (height, width) of the network's input in pixels.
        channels: M, of the descriptor.
        annotators: the most people whose regions are learnt from.
        max_regions: the most regions of one of them; beyond, the smallest are ignored.
        head: `name` and options of a head in `models/dense_heads.py`.
        loss: `name` (`"cas"`, `"discriminative"`, `"magnet"` or `"triplet"`) and options.
        stride: of the target map against the input.
        cuts: options of `Cuts`.
        metrics: options of `metrics.RegionMetrics` (boundaries, tolerance).

    Raises:
        ConfigError: a number below 1 (channels: below 2), or wrong options.

    Example:

    >>> task = Regions("regions", (2, 4), annotators=2)
    >>> task.encode({"regions": np.int16([[[7], [7], [2], [-1]], [[7], [7], [2], [2]]])})[0].tolist()
    [[0.0, -1.0], [0.0, -1.0], [1.0, -1.0], [-1.0, -1.0]]
    """

    labels = (REGIONS,)
    key = "regions"
    main_metric = "covering_ods"
    errors = ("VI_ods", "VI_ois")
    map_channels = 0  # numbers of regions mean nothing to another task

    def __init__(
        self,
        name,
        size,
        channels: int = 16,
        annotators: int = 5,
        max_regions: int = 64,
        head: dict | None = None,
        loss: dict | None = None,
        stride: int = 1,
        cuts: dict | None = None,
        metrics: dict | None = None,
    ):
        if channels < 2 or annotators < 1 or max_regions < 1:
            raise ConfigError(
                f"tasks.{name}: channels {channels}, annotators {annotators}, max_regions {max_regions}; expected 2 or "
                "more channels, and 1 or more of the others."
            )
        super().__init__(name, size, channels, head, stride)
        self.annotators, self.max_regions = annotators, max_regions
        self.loss_options = {"name": "cas", **(loss or {})}
        self.activation = self.loss_options.get("descriptor", "softmax")
        self.metric_options = dict(metrics or {})
        self.cuts = call(Cuts, cuts or {}, f"tasks.{name}.cuts")

    def baseline(self):
        return Constant(self.key, 0, "one region", (1,), np.int16)

    def encode(self, sample):
        drawn = self.shrink(sample[self.key]).reshape(*self.shape, -1)[..., : self.annotators]
        target = np.full((*self.shape, self.annotators), -1, np.float32)
        for person in range(drawn.shape[-1]):
            known = drawn[..., person] >= 0
            _, numbers, counts = np.unique(drawn[..., person][known], return_inverse=True, return_counts=True)
            rank = np.empty(len(counts), np.int64)
            rank[np.argsort(-counts, kind="stable")] = np.arange(len(counts))
            kept = rank[numbers]
            target[known, person] = np.where(kept < self.max_regions, kept, -1)
        return target

    def empty(self):
        return np.full((*self.shape, self.annotators), -1, np.float32)

    def loss(self, network):
        return construct(LOSSES, self.loss_options, f"tasks.{self.name}.loss", max_regions=self.max_regions)

    def decoder(self, network):
        size = self.size if self.cuts.pieces == "argmax" else None
        decode = DecodeMap(self.activation, size, name=f"{self.name}_decoder")
        return self.with_colors(decode, network.input) if self.cuts.colors else decode

    def with_colors(self, decode, images):
        """The decoder whose maps have the images' weighted colours, shrunk to them, as their last three channels."""

        def decode_both(x):
            descriptors = decode(x)["map"]
            colors = ops.image.resize(images, descriptors.shape[1:3], antialias=True) * (self.cuts.colors / 255)
            return {"map": ops.concatenate([descriptors, ops.cast(colors, descriptors.dtype)], axis=-1)}

        return decode_both

    def prediction(self, decoded, shape):
        cut = self.cuts(np.asarray(decoded["map"], np.float32)).astype(np.int16)
        return {self.key: stretch_regions(cut, shape)}

    def metrics(self):
        return call(RegionMetrics, self.metric_options, f"tasks.{self.name}.metrics", name=self.name)

    def draw(self, image, label):
        """Each region in its mean colour, with white borders: the first annotator's, or the middle cut."""
        regions = np.asarray(label[self.key])
        regions = regions[..., 0 if "image" in label else regions.shape[-1] // 2]
        numbers = np.unique(regions, return_inverse=True)[1].reshape(regions.shape)
        counts = np.bincount(numbers.ravel())
        sums = [np.bincount(numbers.ravel(), image[..., channel].ravel().astype(float)) for channel in range(3)]
        painted = (np.stack(sums, axis=-1) / counts[:, None])[numbers]
        border = np.zeros(regions.shape, bool)
        border[:, :-1] |= regions[:, :-1] != regions[:, 1:]
        border[:-1] |= regions[:-1] != regions[1:]
        painted[border] = 255
        painted[regions < 0] = 0
        return painted.astype(np.uint8)
