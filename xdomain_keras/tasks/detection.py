"""Object detection with a single shot detector."""

import colorsys

import cv2
import numpy as np

from xdomain_keras.data.baselines import NoBox
from xdomain_keras.data.labels import BOXES
from xdomain_keras.errors import ConfigError
from xdomain_keras.layers.decode_detections import DecodeDetections
from xdomain_keras.losses.pseudo_boxes import pseudo_target
from xdomain_keras.losses.ssd_loss import SSDLoss
from xdomain_keras.metrics.detection import DetectionMetrics
from xdomain_keras.models.ssd import SSDHead
from xdomain_keras.signatures import call
from xdomain_keras.tasks.task import Task

DEFAULT_ROOM = 100  # boxes of an image


class Detection(Task):
    """Boxes with classes: SSD head, matching at IoU .5, 3:1 hard negatives, cross entropy + L1, NMS.

    Args:
        name: of the task.
        size: (height, width) of the network's input in pixels.
        class_names: names of the object classes.
        head: options of `models.SSDHead`.
        loss: options of `losses.SSDLoss`.
        decode: options of `layers.DecodeDetections` (score and overlap thresholds, number of boxes).
        max_boxes: room in the target; images with more boxes are an error, never cut silently. Left out: 100, or as
            many as the data need.
        class_sets: lists of class indices, the sets that label codes from the number of classes on stand for; found in
            the data. None where every box is of one class, and every class is annotated everywhere.

    Raises:
        ConfigError: no class names.

    Example:

    >>> task = Detection("detection", (64, 64), ["cat", "dog"], max_boxes=3)
    >>> sample = {"image": np.zeros((64, 64, 3)), "boxes_xyxy": np.float32([[0, 0, 32, 64]]), "classes": np.int32([1])}
    >>> task.encode(sample)[0].tolist()
    [0.0, 0.0, 0.5, 1.0, 1.0]
    """

    labels = (BOXES,)
    main_metric = "AP50"

    def __init__(
        self,
        name,
        size,
        class_names: list[str] = (),
        head: dict | None = None,
        loss: dict | None = None,
        decode: dict | None = None,
        max_boxes: int | None = None,
        class_sets: list[list[int]] | None = None,
    ):
        super().__init__(name, size)
        if not class_names:
            raise ConfigError(f"task `{name}` has no class names; its domains need a source with classes.")
        self.class_names = tuple(class_names)
        self.class_sets = None if class_sets is None else [list(own) for own in class_sets]
        max_boxes = DEFAULT_ROOM if max_boxes is None else max_boxes
        self.max_boxes, self.loss_options, self.decode_options = max_boxes, dict(loss or {}), dict(decode or {})
        self.ssd_head = call(SSDHead, dict(head or {}), f"tasks.{name}.head", num_classes=len(self.class_names))

    @classmethod
    def resolve(cls, options, classes, labels):
        """As `Task.resolve`; `max_boxes`, where it is left open, is the most boxes of an image, and at least 100."""
        read = [(place, own) for place, own in labels() if "boxes_xyxy" in own]
        counts = [(len(own["boxes_xyxy"]), place) for place, own in read]
        most, place = max(counts, default=(0, ""))
        room = options.get("max_boxes")
        if isinstance(room, int) and most > room:  # of another type it is refused where the task is made
            more = sum(count > room for count, _ in counts)
            raise ConfigError(
                f"max_boxes is {room}, but {more} image(s) have more boxes, {place} with {most} the most; set "
                f"max_boxes to {most}, or leave it out."
            )
        plain = classes is None or (classes.is_plain and not any(is_special(own) for _, own in read))
        return {
            **super().resolve(options, classes, labels),
            "max_boxes": max(DEFAULT_ROOM, most) if room is None else room,
            **({} if plain else {"class_sets": classes.sets}),
        }

    def baseline(self):
        return NoBox()

    def as_rows(self, prediction):
        return {key: value.tolist() for key, value in prediction.items()}

    def has_labels(self, sample):
        """Whether boxes are given, and some class is annotated in the image."""
        return super().has_labels(sample) and len(sample.get("known_classes", self.class_names)) > 0

    def encode(self, sample):
        boxes, classes = sample["boxes_xyxy"], sample["classes"]
        crowd = sample.get("crowd", np.zeros(len(boxes), bool))
        if self.class_sets is None:  # which has no room for what is neither object nor background
            boxes, classes = boxes[~crowd & (classes >= 0)], classes[~crowd & (classes >= 0)]
        if len(boxes) > self.max_boxes:
            raise ConfigError(
                f"image {sample['id']} has {len(boxes)} boxes; set tasks.{self.name}.max_boxes to at least that."
            )
        target, first = self.empty(), 0 if self.class_sets is None else 1
        height, width = sample["image"].shape[:2]
        target[first : first + len(boxes), :4] = boxes / np.float32([width, height, width, height])
        if self.class_sets is None:
            target[: len(boxes), 4] = classes
            return target
        target[0, 4 + sample.get("known_classes", np.arange(len(self.class_names)))] = 1
        for row, code, is_crowd in zip(target[1:], classes, crowd, strict=False):
            unknown_crowd = is_crowd and code < 0  # of any class
            members = np.arange(len(self.class_names)) if unknown_crowd else self.members(code)
            row[4 + members] = -1 if is_crowd else 1
        return target

    def members(self, code):
        """The class indices that a label code stands for, int array; empty for -1, a box to be ignored."""
        own = self.class_sets[code - len(self.class_names)] if code >= len(self.class_names) else [code]
        return np.array(own if code >= 0 else [], int)

    def empty(self):
        if self.class_sets is not None:
            return np.zeros((1 + self.max_boxes, 4 + len(self.class_names)), np.float32)
        target = np.zeros((self.max_boxes, 5), np.float32)
        target[:, 4] = -1
        return target

    @property
    def takes_pseudo_labels(self):
        """Whether there are classes that nobody annotated somewhere."""
        return self.class_sets is not None

    def pseudo_target(self, y_true, detections, threshold, doubt):
        """`losses.pseudo_boxes.pseudo_target` of what the decoder returns."""
        found = (detections[key] for key in ("boxes_xyxy", "scores", "classes"))
        return pseudo_target(y_true, *found, threshold, doubt)

    def pseudo_loss(self, network):
        """The loss without its boxes: who is sure of the class need not be sure of the place (Liu et al. 2021)."""
        loss = self.loss(network)
        loss.location_weight = 0.0
        return loss

    def head(self):
        return self.ssd_head

    def loss(self, network):
        anchors = self.ssd_head.make_anchors(network.backbone)
        given = {"anchors": anchors, "class_sets": self.class_sets is not None}
        return call(SSDLoss, self.loss_options, f"tasks.{self.name}.loss", **given)

    def decoder(self, network):
        anchors = self.ssd_head.make_anchors(network.backbone)
        given = {"anchors": anchors, "name": f"{self.name}_decoder"}
        return call(DecodeDetections, self.decode_options, f"tasks.{self.name}.decode", **given)

    def prediction(self, decoded, shape):
        kept = decoded["classes"] >= 0
        height, width = shape
        scale = np.float32([width, height, width, height])
        return {
            "boxes_xyxy": np.clip(decoded["boxes_xyxy"][kept], 0, 1) * scale,
            "scores": decoded["scores"][kept],
            "classes": decoded["classes"][kept].astype(np.int32),
        }

    def metrics(self):
        return DetectionMetrics(self.class_names, self.class_sets or (), name=self.name)

    def draw(self, image, label, score_threshold=0.4):
        picture = np.array(image)  # a copy: the image may be shared
        thickness = max(1, round(max(image.shape[:2]) / 256))
        scores = label.get("scores", np.ones(len(label["boxes_xyxy"])))
        for box, index, score in zip(label["boxes_xyxy"], label["classes"], scores, strict=True):
            if score >= score_threshold and index >= 0:
                hue = index / max(len(self.class_names) + len(self.class_sets or ()), 1)
                color = [round(255 * part) for part in colorsys.hsv_to_rgb(hue, 0.9, 1.0)]
                corners = np.round(box).astype(int).tolist()
                cv2.rectangle(picture, corners[:2], corners[2:], color, thickness)
        return picture


def is_special(labels):
    """Whether boxes are to be ignored, surround crowds, or their image is annotated for some classes only."""
    crowded = "crowd" in labels and labels["crowd"].any()
    return crowded or "known_classes" in labels or bool((labels["classes"] < 0).any())
