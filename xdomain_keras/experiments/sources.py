"""From a config to the source of a domain's split."""

import inspect

from xdomain_keras.data import Concatenated, Joined, Listed, Rows
from xdomain_keras.errors import ConfigError
from xdomain_keras.overrides import lay_over
from xdomain_keras.signatures import call, construct


def names_for(task, source):
    """The names of a source that a task's classes or rows are, a tuple; empty where it has none.

    Args:
        task: `Task`, or its class.
        source: `Source`.
    """
    return next((source.names[kind] for kind in task.kinds() if kind in source.names), ())


def split_annotates(split, place):
    """What a split itself says of the classes that are annotated in it, and the rest of its options.

    Args:
        split: dict of options, or a list of them.
        place: of the split in the config.

    Returns:
        (dict of task → list of class names, the split without it).

    Raises:
        ConfigError: something else than such a dict.
    """
    if not isinstance(split, dict) or "annotates" not in split:
        return {}, split
    given = split["annotates"]
    sound = isinstance(given, dict) and all(isinstance(own, list) for own in given.values())
    if not sound or not all(isinstance(name, str) for own in given.values() for name in own):
        raise ConfigError(f"{place}.annotates is {given!r:.80}; expected a mapping of tasks to lists of class names.")
    return given, {key: value for key, value in split.items() if key != "annotates"}


def build_source(source, split, place, parts):
    """One `Source` from reader options with a split's laid over.

    Args:
        source: dict: `reader` and its options; or a list of such, joined by image id.
        split: dict of options laid over, or of another reader, which then stands by itself; `rows` and `image_list`
            choose images, and `concatenate` is a list of such dicts, whose images come one after the other. Or a list,
            one for each source.
        place: in the config, for messages.
        parts: `Parts`, whose readers and kinds of labels there are.

    Raises:
        ConfigError: an unknown reader or option, or lists of different lengths.
        DataError: from the reader.

    Example:

    >>> from xdomain_keras.parts import Parts
    >>> rooms = {"reader": "scenes", "world": "room", "look": "photo", "size": [32, 48]}
    >>> parts = {"concatenate": [{"count": 2, "seed": 1}, {"count": 3, "seed": 2}]}
    >>> len(build_source(rooms, parts, "domains.room.splits.train", Parts()))
    5
    """
    if isinstance(source, list) or isinstance(split, list):
        sources = source if isinstance(source, list) else [source] * len(split)
        splits = split if isinstance(split, list) else [split] * len(sources)
        if not sources:
            raise ConfigError(f"{place}: an empty list; give a reader, or a list of one or more.")
        if len(sources) != len(splits):
            raise ConfigError(
                f"{place}: {len(splits)} entries for {len(sources)} sources; give one each, or one for all."
            )
        joined = [
            build_source(a, b, f"{place}.{i}", parts) for i, (a, b) in enumerate(zip(sources, splits, strict=True))
        ]
        return Joined(joined)
    options = lay_over(source, split, "reader")
    rows, image_list, pieces = (options.pop(key, None) for key in ("rows", "image_list", "concatenate"))
    if pieces is not None:
        if not isinstance(pieces, list) or not pieces or not all(isinstance(piece, dict) for piece in pieces):
            raise ConfigError(f"{place}.concatenate: {pieces!r}; expected a list of one or more splits.")
        places = [f"{place}.concatenate.{index}" for index in range(len(pieces))]
        built = Concatenated([build_source(options, *each, parts) for each in zip(pieces, places, strict=True)])
    else:
        reader = parts.readers.get(str(options.get("reader")))
        takes_kinds = reader and "kinds" in inspect.signature(reader).parameters
        given = {"kinds": parts.labels} if takes_kinds else {}  # readers whose user chooses the kinds of labels
        built = construct(parts.readers, options, place, key="reader", **given)
    if image_list is not None:
        built = Listed(built, str(image_list))
    return built if rows is None else call(Rows, {}, place, source=built, rows=rows)
