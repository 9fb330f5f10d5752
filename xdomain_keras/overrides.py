"""Laying configs over one another: `base` files, overrides, and options over the defaults of the program."""

import re

from xdomain_keras.errors import ConfigError
from xdomain_keras.yaml_text import MAX_DEPTH, NAMES, parse_yaml


def parse_override(text):
    """`section.key=value` as a nested dict; the value is read as YAML.

    Example:

    >>> parse_override("model.backbone={name: vgg16}")
    {'model': {'backbone': {'name': 'vgg16'}}}
    """
    key, equals, value = text.partition("=")
    parts = key.strip().split(".")
    if not equals or not all(parts) or len(parts) > MAX_DEPTH:
        raise ConfigError(f"override {text[:200]!r}: expected section.key=value, as `seed=1`.")
    try:
        key = next((part for part in parts if part in NAMES), None)
        tree = parse_yaml(value, f"override {text[:200]!r}", key)
    except ConfigError as error:
        raise ConfigError(f"{error} Quote the value.") from None
    for part in reversed(parts):
        tree = {part: tree}
    return tree


def part_key(place):
    """The key by which the dict at a place of a config says which part it has options of, or None.

    It is `reader` for sources and splits, `type` for tasks and terms, and `name` everywhere else. The `name` of the
    experiment and of a stage is only a label, and a domain has none. `kind` (of a classifier or a transfer network) is
    one option among others, which all kinds share.

    Args:
        place: tuple of str, the keys from the top of the config down to the dict.

    Example:

    >>> part_key(("domains", "road", "source")), part_key(("model", "backbone")), part_key(("stages", "0"))
    ('reader', 'name', None)
    """
    match place:
        case () | ("stages", _):
            return None
        case ("domains", _, "source" | "splits", *_):
            return "reader"
        case ("domains", *_):
            return None
        case ("tasks" | "terms", _):
            return "type"
    return "name"


def names_another(base, over, key, implied=None):
    """Whether two dicts of options both say which part they are of, and say different ones.

    Args:
        base: dict of options.
        over: dict of options to be laid on it.
        key: that names the part.
        implied: the part of `base` where it names none.

    Example:

    >>> names_another({"name": "resnet", "depth": 18}, {"name": "vgg16"}, "name")
    True
    """
    before, after = base.get(key, implied), over.get(key)
    return isinstance(before, str) and isinstance(after, str) and before != after


def lay_over(base, over, key="name"):
    """Options over the defaults of a program: those of another part leave all defaults behind.

    Example:

    >>> sgd = {"name": "sgd", "momentum": 0.9}
    >>> lay_over(sgd, {"momentum": 0.8}), lay_over(sgd, {"name": "adam"})
    ({'name': 'sgd', 'momentum': 0.8}, {'name': 'adam'})
    """
    return dict(over) if names_another(base, over, key) else {**base, **over}


def merge(base, over, place=()):
    """`over` laid on `base`: dicts merge, `None` removes, all else replaces; a dict of numbers edits a list.

    A dict that names another part (see `part_key`) replaces the whole dict, as the options of a ResNet are none of
    VGG-16's. Under `terms` a `None` stays: it also takes away the term that the method brings by itself.

    Args:
        base: dict.
        over: dict.
        place: tuple of str, where both stand in the config.

    Returns:
        A new dict; neither argument changes.

    Raises:
        ConfigError: a place in a list that it does not have.

    Example:

    >>> merge({"seed": 3, "model": {"weights": "a", "forward": "joint"}}, {"seed": 5, "model": {"weights": None}})
    {'seed': 5, 'model': {'forward': 'joint'}}
    >>> merge({"model": {"backbone": {"name": "resnet", "depth": 18}}}, {"model": {"backbone": {"name": "vgg16"}}})
    {'model': {'backbone': {'name': 'vgg16'}}}
    """
    key = part_key(place)
    if key and names_another(base, over, key, place[-1] if key == "type" else None):
        return {name: value for name, value in over.items() if value is not None or name not in base}
    merged = dict(base)
    for name, value in over.items():
        below, old = (*place, str(name)), merged.get(name)
        if value is None and name in base and place != ("terms",):
            del merged[name]
        elif isinstance(value, dict) and isinstance(old, dict):
            merged[name] = merge(old, value, below)
        elif isinstance(old, list) and is_indexed(value):
            merged[name] = edit_list(old, value, below)
        else:
            merged[name] = value
    return merged


def edit_list(items, edits, place):
    """A list with some of its entries merged with others, or removed by `None`.

    Args:
        items: list.
        edits: dict of index → what is laid on that entry.
        place: tuple of str, where the list stands in the config.

    Raises:
        ConfigError: an index that the list does not have.
    """
    for index in edits:
        if int(index) >= len(items):
            shown = ".".join((*place, str(index)))
            raise ConfigError(f"`{shown}`: the list has {len(items)} entries, the first is 0.")
    numbered = {str(index): item for index, item in enumerate(items)}
    return list(merge(numbered, {str(int(index)): item for index, item in edits.items()}, place).values())


def is_indexed(value):
    """Whether a value is a dict whose keys are all places in a list."""
    return isinstance(value, dict) and bool(value) and all(re.fullmatch(r"[0-9]{1,9}", str(key)) for key in value)
