"""Squares and discs, as a reader: sets that annotate one kind of thing or the other, though both are in all images."""

import cv2
import numpy as np

from xdomain_keras.data import Source
from xdomain_keras.data.labels import BOXES
from xdomain_keras.errors import ConfigError
from xdomain_keras.signatures import require_known

KINDS = ("square", "disc")
LUMINANCE = np.float32([0.299, 0.587, 0.114])


class Shapes(Source):
    """Drawn images of squares and discs, one to three of each, in colours of their own on a noisy grey ground.

    Args:
        count: number of images.
        seed: of the drawing.
        size: (height, width) in pixels.
        annotate: kinds that have boxes; the others are in the images all the same.
        coarse: one name for boxes of all kinds, or None.
        look: `"plain"`; `"inverted"`, the negative of it, in grey.
        things: what their luminance is beside the ground's: `"any"`, lighter or darker by 50 or more, or `"lighter"`.
        ground: its mean grey level; the negative of 100 is 155, so that it tells the looks apart, and of 128 is 127.
    """

    decodes_files = False

    def __init__(
        self,
        count: int,
        seed: int,
        size: tuple[int, int] = (96, 128),
        annotate: list = KINDS,
        coarse: str | None = None,
        look: str = "plain",
        things: str = "any",
        ground: int = 100,
    ):
        for kind in annotate:
            require_known("kind", kind, KINDS, "annotate")
        if look not in ("plain", "inverted"):
            raise ConfigError(f"look is {look!r}; expected plain or inverted.")
        if things not in ("any", "lighter"):
            raise ConfigError(f"things is {things!r}; expected any or lighter.")
        super().__init__([f"{seed}_{row}" for row in range(count)], [BOXES], (coarse,) if coarse else tuple(annotate))
        self.coarse = coarse
        self.seed, self.size, self.annotate, self.look = seed, tuple(size), list(annotate), look
        self.things, self.ground = things, ground

    def draw(self, index):
        """(image, boxes, kinds) of one image."""
        rng, (height, width) = np.random.default_rng([self.seed, index]), self.size
        image = rng.normal(self.ground, 18, (height, width, 3)).clip(0, 255).astype(np.uint8)
        boxes, kinds = [], []
        for kind in rng.permutation([name for name in KINDS for _ in range(rng.integers(1, 4))]):
            side = int(rng.integers(12, 34))
            for _ in range(20):  # a place where it hides nothing
                left, top = int(rng.integers(0, width - side)), int(rng.integers(0, height - side))
                box = np.array([left, top, left + side, top + side])
                if all(apart(box, other) for other in boxes):
                    break
            else:
                continue
            color = self.draw_color(rng)
            if kind == "square":
                cv2.rectangle(image, box[:2].tolist(), (box[2:] - 1).tolist(), color, -1)
            else:
                center = (left + side // 2, top + side // 2)
                cv2.circle(image, center, side // 2, color, -1)
            boxes.append(box)
            kinds.append(str(kind))
        if self.look == "inverted":
            image = 255 - np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=-1)
        return image, np.float32(boxes).reshape(-1, 4), kinds

    def draw_color(self, rng):
        """RGB of a thing that stands out from the ground."""
        while True:
            color = rng.integers(0, 256, 3)
            difference = color @ LUMINANCE - self.ground
            if abs(difference) > 50 and (difference > 0 or self.things == "any"):
                return color.tolist()

    def read_image(self, index):
        return self.draw(index)[0]

    def read_labels(self, index):
        _, boxes, kinds = self.draw(index)
        known = [kind in self.annotate for kind in kinds]
        classes = [0 if self.coarse else self.annotate.index(kind) for kind in kinds if kind in self.annotate]
        return {"boxes_xyxy": boxes[known].reshape(-1, 4), "classes": np.array(classes, np.int32)}


def apart(box, other):
    """Whether two boxes do not touch."""
    return bool((box[2:] <= other[:2]).any() or (other[2:] <= box[:2]).any())


PARTS = {"readers": {"shapes": Shapes}}
