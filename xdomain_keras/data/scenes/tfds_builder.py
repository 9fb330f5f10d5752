"""The rendered scenes as a TFDS data set: `XdomainScenes`, configs such as `street_photo`; nothing is downloaded.

Import this file (it needs `tensorflow_datasets`) to have `tfds.load("xdomain_scenes/street_photo")`.
"""

import dataclasses
import pathlib

import numpy as np
import tensorflow_datasets as tfds

from xdomain_keras.data.scenes.names import KEYPOINT_NAMES, LOOKS, SEMANTIC_NAMES, THING_NAMES
from xdomain_keras.data.scenes.source import Scenes

# Each look and split has seeds of its own: no scene is in two of them.
SPLIT_SEEDS = {"train": 1, "validation": 2, "test": 3}
LOOK_SEEDS = {"synthetic": 0, "photo": 10}


@dataclasses.dataclass
class ScenesConfig(tfds.core.BuilderConfig):
    """One world in one look.

    Args:
        world: str, `"street"` or `"room"`.
        look: str, `"synthetic"` or `"photo"`.
        size: `(height, width)` in pixels.
        counts: number of images of train, validation and test.
        class_frequencies: see `Scenes`.
        camera: see `Scenes`.
    """

    world: str = "street"
    look: str = "synthetic"
    size: tuple = (128, 128)
    counts: tuple = (2000, 250, 250)
    class_frequencies: dict | None = None
    camera: dict | None = None

    def source(self, split):
        """Return the `Scenes` of one split."""
        count = self.counts[list(SPLIT_SEEDS).index(split)]
        seed = SPLIT_SEEDS[split] + LOOK_SEEDS[self.look]
        return Scenes(self.world, self.look, count, self.size, seed, self.class_frequencies, self.camera)


class XdomainScenes(tfds.core.GeneratorBasedBuilder):
    """Labelled pictures of streets and rooms in two looks, rendered while the data set is prepared."""

    VERSION = tfds.core.Version("1.0.0")
    # Said here because TFDS 4.9.10 looks for it with importlib_resources, which it does not install.
    code_path = pathlib.Path(__file__)
    BUILDER_CONFIGS = [
        ScenesConfig(name=f"{world}_{look}", description=f"A {world}, {look} look.", world=world, look=look)
        for world in SEMANTIC_NAMES
        for look in LOOKS
    ]

    def _info(self):
        config = self.builder_config
        height, width = config.size

        def plane(dtype, *channels):
            return tfds.features.Tensor(shape=(height, width, *channels), dtype=dtype, encoding="zlib")

        features = {
            "id": tfds.features.Text(),
            "image": tfds.features.Image(shape=(height, width, 3)),
            "boxes_xyxy": tfds.features.Tensor(shape=(None, 4), dtype=np.float32),
            "classes": tfds.features.Sequence(tfds.features.ClassLabel(names=THING_NAMES[config.world])),
            "fixations_xy": tfds.features.Tensor(shape=(None, 2), dtype=np.float32),
            "semantic_ids": plane(np.int32),
            "instance_ids": plane(np.int32),
            "depth_meters": plane(np.float32),
            "normals": plane(np.float32, 3),
            "edges": plane(np.uint8),
            "regions": plane(np.int16, 1),
            "salient_object": plane(np.uint8),
            "keypoints": tfds.features.Tensor(shape=(len(KEYPOINT_NAMES[config.world]), 4), dtype=np.float32),
        }
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(features),
            description=f"{self.__doc__} Semantic classes: {', '.join(SEMANTIC_NAMES[config.world])}.",
        )

    def _split_generators(self, dl_manager):
        return {split: self._generate_examples(split) for split in SPLIT_SEEDS}

    def _generate_examples(self, split):
        source = self.builder_config.source(split)
        for index in range(len(source)):
            sample = source[index]
            yield sample["id"], sample
