"""The rendered scenes as a source of samples."""

from typing import Literal

from xdomain_keras.data.labels import (
    BOXES,
    DEPTH,
    EDGES,
    FIXATIONS,
    INSTANCE_IDS,
    KEYPOINTS,
    NORMALS,
    REGIONS,
    SALIENT_OBJECT,
    SEMANTIC_IDS,
)
from xdomain_keras.data.scenes.camera import CAMERA_DEFAULTS, read_range
from xdomain_keras.data.scenes.layout import read_frequencies
from xdomain_keras.data.scenes.names import KEYPOINT_NAMES, SEMANTIC_NAMES, THING_NAMES
from xdomain_keras.data.scenes.renderer import read_seed, read_size, render
from xdomain_keras.data.source import Source
from xdomain_keras.errors import ConfigError
from xdomain_keras.signatures import check_choices, require_known

KINDS = (BOXES, FIXATIONS, SEMANTIC_IDS, INSTANCE_IDS, DEPTH, NORMALS, EDGES, REGIONS, SALIENT_OBJECT, KEYPOINTS)


class Scenes(Source):
    """Pictures with every label, rendered on the fly: nothing to download.

    Sample `i` depends on `(seed, i)` alone. The same seed in both looks gives the same scenes (paired
    domains); give the domains different seeds for unpaired ones.

    Args:
        world: str, `"street"` or `"room"`.
        look: str, `"synthetic"` or `"photo"`.
        count: int, number of images.
        size: `(height, width)` in pixels, each at least 16.
        seed: int >= 0.
        class_frequencies: `dict` of class name to a multiplier of how often it is placed (label shift).
        camera: `dict` of camera knobs, each a number or `(low, high)` (pose shift); see `render`.

    Attributes:
        names: of `boxes` the countable things of the world, of `semantic_ids` its classes, of `keypoints` the rows.

    Raises:
        ConfigError: an unknown world, look, class or camera knob, or a value out of range.

    Example:

    >>> source = Scenes("street", "synthetic", count=2, size=(32, 48), seed=5)
    >>> source[1]["id"], source[1]["image"].shape, source.names["boxes"][0]
    ('street/synthetic/5/1', (32, 48, 3), 'person')
    """

    def __init__(
        self,
        world: Literal["street", "room"] = "street",
        look: Literal["synthetic", "photo"] = "synthetic",
        count: int = 100,
        size: tuple[int, int] = (128, 128),
        seed: int = 0,
        class_frequencies: dict | None = None,
        camera: dict | None = None,
    ):
        check_choices(Scenes, world=world, look=look)
        if not isinstance(count, int) or count < 0:
            raise ConfigError(f"count: {count!r} is not a number of images; give an integer from 0 up.")
        read_frequencies(world, class_frequencies)
        for name, value in (camera or {}).items():
            require_known("knob", name, CAMERA_DEFAULTS[world], "camera")
            read_range(f"camera.{name}", value)
        if isinstance(seed, tuple):
            raise ConfigError(f"seed: {seed!r} is not a single seed; give an integer from 0 up.")
        (seed,) = read_seed(seed)
        ids = [f"{world}/{look}/{seed}/{index}" for index in range(count)]
        names = {"boxes": THING_NAMES, "semantic_ids": SEMANTIC_NAMES, "keypoints": KEYPOINT_NAMES}
        super().__init__(ids, KINDS, {kind: own[world] for kind, own in names.items()})
        self.world, self.look, self.size, self.seed = world, look, read_size(size), seed
        self.class_frequencies, self.camera = class_frequencies, camera
        self.last = (None, None)

    def render(self, index):
        """Return the whole sample; the last one is kept, so that its image and labels are rendered once."""
        kept, sample = self.last
        if kept != index:
            seed = (self.seed, int(index))
            sample = render(self.world, self.look, self.size, seed, self.class_frequencies, self.camera)
            self.last = (index, sample)
        return sample

    def read_image(self, index):
        return self.render(index)["image"].copy()

    def read_labels(self, index):
        return {key: value.copy() for kind in KINDS for key, value in kind.take(self.render(index)).items()}
