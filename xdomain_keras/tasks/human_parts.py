"""Human parts: which part of a body a pixel shows."""

from xdomain_keras.data.labels import PART_IDS
from xdomain_keras.tasks.segmentation import BACKGROUND, Segmentation

NAMES = ("background", "head", "torso", "upper arm", "lower arm", "upper leg", "lower leg")


class HumanParts(Segmentation):
    """Segmentation of people into parts, over labels of its own, so that it stands beside one into classes.

    Args:
        name: of the task.
        size: (height, width) of the network's input in pixels.
        names: of the parts; by default six and the background (Chen et al. 2016).
        head: `name` and options of a head in `models/dense_heads.py`.
        stride: of the target map against the input.
        background: see `Segmentation`.
        class_sets: see `Segmentation`.

    Example:

    >>> task = HumanParts("human_parts", (4, 4))
    >>> task.kinds(), len(task.class_names)
    (['part_ids'], 7)
    """

    labels = (PART_IDS,)
    key = "part_ids"

    @classmethod
    def fixed_names(cls, options):
        return list(options.get("names") or NAMES)

    @classmethod
    def is_named(cls):
        return True

    def __init__(
        self,
        name,
        size,
        names: list[str] = NAMES,
        head: dict | None = None,
        stride: int = 1,
        background: str = BACKGROUND,
        class_sets: list[list[int]] = (),
    ):
        super().__init__(name, size, names, head, stride, background, class_sets)
