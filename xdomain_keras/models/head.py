"""The head: options that turn a pyramid of features into one tensor."""

import dataclasses
import typing

from xdomain_keras.signatures import require_known


@dataclasses.dataclass(frozen=True)
class Head:
    """Base of the heads: a bag of plain options that is called once to add its layers to a model.

    Subclasses are frozen dataclasses, registered for saving, that implement `__call__`.

    Attributes:
        class_layers: ends of the names of the layers whose last channels are the task's classes, `<task>_<end>…`.
        other_channels: channels of such a layer before those of the classes, as the background's; a layer may have
            them all several times, as for several anchors.

    Example:

    >>> @dataclasses.dataclass(frozen=True)
    ... class Flat(Head):
    ...     level: str = "c5"
    ...
    ...     def __call__(self, pyramid, name):
    ...         return keras.layers.Flatten(name=f"{name}_flat")(pyramid[self.level])
    >>> Flat()({"c5": keras.Input((2, 2, 3))}, "scene").shape
    (None, 12)
    """

    class_layers: typing.ClassVar = ("logits",)
    other_channels: typing.ClassVar = 0

    def __post_init__(self):
        for field in dataclasses.fields(self):  # lists, as files give them, compare equal to tuples
            object.__setattr__(self, field.name, _as_tuples(getattr(self, field.name)))

    def __call__(self, pyramid, name):
        """Add the head to a functional model.

        Args:
            pyramid: dict of level name to symbolic tensor `[B, h, w, C]`.
            name: of the task; every layer is called `<name>_…`.

        Returns:
            One symbolic float32 tensor.
        """
        raise NotImplementedError(f"{type(self).__name__} does not say how it is built; implement `__call__`.")

    def get_config(self):
        return dataclasses.asdict(self)

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def _as_tuples(value):
    return tuple(_as_tuples(item) for item in value) if isinstance(value, (list, tuple)) else value


def take_level(pyramid, level, head, task=None):
    """Return one level, or say which there are.

    Args:
        pyramid: dict of level name to anything.
        level: such as `"c5"`.
        head: object that asks, for the message.
        task: for which it asks: where the backbone has a level of this task alone, as `"c5_depth"`, it is that one.

    Returns:
        `pyramid[level]`, or the task's own.

    Raises:
        ConfigError: there is no such level.

    Example:

    >>> take_level({"c5": 1}, "c5", None), take_level({"c5": 1, "c5_depth": 2}, "c5", None, "depth")
    (1, 2)
    """
    if f"{level}_{task}" in pyramid:
        return pyramid[f"{level}_{task}"]
    require_known("level of the backbone", level, pyramid, type(head).__name__)
    return pyramid[level]
