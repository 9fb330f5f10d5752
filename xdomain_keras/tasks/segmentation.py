"""Semantic segmentation: a class a pixel."""

import colorsys

import cv2
import keras
import numpy as np
from keras import ops

from xdomain_keras.data.baselines import MajorityClass
from xdomain_keras.data.labels import SEMANTIC_IDS
from xdomain_keras.errors import ConfigError, DataError
from xdomain_keras.layers.decode_map import DecodeClasses
from xdomain_keras.losses.segmentation_loss import SegmentationLoss
from xdomain_keras.losses.stretching import stretch_to
from xdomain_keras.metrics.segmentation import SegmentationMetrics
from xdomain_keras.signatures import fold, require_known
from xdomain_keras.tasks.dense import DenseTask

BACKGROUND = "background"


class Segmentation(DenseTask):
    """A class for every pixel: cross entropy over the labelled pixels, mean IoU.

    Args:
        name: of the task.
        size: (height, width) of the network's input in pixels.
        class_names: names of the classes.
        head: `name` and options of a head in `models/dense_heads.py`.
        stride: of the target map against the input.
        background: name of the class that stands for everything else, in any spelling; where a data set does not
            annotate all classes, its background may be any of the others.
        class_sets: lists of class indices, the sets that label ids from the number of classes on stand for; found in
            the data.

    Raises:
        ConfigError: no class names.

    Example:

    >>> task = Segmentation("segmentation", (4, 4), ["road", "sky"])
    >>> task.encode({"id": "a", "semantic_ids": np.eye(4, dtype=np.int32)})[0, :, 0].tolist()
    [1.0, 0.0, 0.0, 0.0]
    """

    labels = (SEMANTIC_IDS,)
    key = "semantic_ids"
    main_metric = "mIoU"
    classifies = True

    def __init__(
        self,
        name,
        size,
        class_names: list[str] = (),
        head: dict | None = None,
        stride: int = 1,
        background: str = BACKGROUND,
        class_sets: list[list[int]] = (),
    ):
        if not class_names:
            raise ConfigError(f"task `{name}` has no class names; its domains need a source with semantic classes.")
        super().__init__(name, size, len(class_names), head, stride)
        self.class_names, self.class_sets = tuple(class_names), [list(own) for own in class_sets]
        self.background = next((each for each in self.class_names if fold(each) == fold(background)), None)
        if self.background is None and background != BACKGROUND:
            require_known("class", background, self.class_names, f"tasks.{name}.background")

    @classmethod
    def background_name(cls, options):
        return options.get("background", BACKGROUND)

    @property
    def num_ids(self):
        """Number of label ids: those of the classes, and behind them those of the sets."""
        return len(self.class_names) + len(self.class_sets)

    def baseline(self):
        return MajorityClass(self.key, len(self.class_names), self.class_sets)

    def encode(self, sample):
        target = super().encode(sample)
        if target.max() >= self.num_ids or target.min() < -1:
            wrong = int(target.max() if target.max() >= self.num_ids else target.min())
            raise DataError(
                f"image {sample['id']}: class id {wrong}; expected 0 to {len(self.class_names) - 1}, or -1 where "
                f"ignored: give tasks.{self.name}.class_names as many names as there are classes."
            )
        return target

    def empty(self):
        return np.full((*self.shape, 1), -1, np.float32)

    def map_prediction(self, y_pred, seed=None):
        logits = stretch_to(y_pred, self.shape)
        if seed is None:
            return ops.softmax(logits, axis=-1)
        # Hard Gumbel softmax at temperature 1 (Jang et al. 2017): one-hot forward, the softmax's gradient.
        uniform = keras.random.uniform(ops.shape(logits), 1e-6, 1 - 1e-6, seed=seed)
        soft = ops.softmax(logits - ops.log(-ops.log(uniform)), axis=-1)
        hard = ops.one_hot(ops.argmax(soft, axis=-1), self.map_channels, dtype="float32")
        return soft + ops.stop_gradient(hard - soft)

    def map_target(self, y_true):
        ids = ops.cast(ops.round(y_true), "int32")
        classes = ops.arange(self.map_channels, dtype="int32")
        return ops.cast(ids == classes, "float32")  # neither -1, ignored, nor a set is a class

    def loss(self, network):
        return SegmentationLoss(self.class_sets)

    def decoder(self, network):
        return DecodeClasses(self.size, name=f"{self.name}_decoder")

    def prediction(self, decoded, shape):
        ids = np.asarray(decoded["ids"]).astype(np.int32)
        return {self.key: cv2.resize(ids, shape[::-1], interpolation=cv2.INTER_NEAREST)}

    def metrics(self):
        return SegmentationMetrics(self.class_names, self.class_sets, self.background, name=self.name)

    def measure(self, metric, sample, prediction):
        metric.update_state(sample[self.key], prediction[self.key], known_classes=sample.get("annotated_classes"))

    def draw(self, image, label):
        ids, num_classes = label[self.key], len(self.class_names)
        # Neighbours in the list differ in hue, saturation and brightness.
        hues = [(k / num_classes, 0.55 + 0.4 * (k % 2), 1 - 0.35 * (k % 3 == 2)) for k in range(num_classes)]
        palette = np.uint8([[round(255 * part) for part in colorsys.hsv_to_rgb(*hue)] for hue in hues])
        single = (ids >= 0) & (ids < num_classes)  # what may be several classes is painted like what is ignored
        colors = palette[np.where(single, ids, 0)]
        blended = cv2.addWeighted(np.asarray(image), 0.35, colors, 0.65, 0)
        return np.where(single[..., None], blended, np.asarray(image) // 3).astype(np.uint8)
