"""From a config to the source of a domain's split."""

from xdomain_keras.data import Concatenated, Joined, Listed, Rows
from xdomain_keras.data.readers import READERS
from xdomain_keras.data.scenes import Scenes
from xdomain_keras.errors import ConfigError
from xdomain_keras.overrides import lay_over
from xdomain_keras.signatures import call, construct

SOURCES = {**READERS, "scenes": Scenes}


def build_source(source, split, place):
    """One `Source` from reader options with a split's laid over.

    Args:
        source: dict: `reader` and its options; or a list of such, joined by image id.
        split: dict of options laid over, or of another reader, which then stands by itself; `rows` and `image_list`
            choose images, and `concatenate` is a list of such dicts, whose images come one after the other. Or a list,
            one for each source.
        place: in the config, for messages.

    Raises:
        ConfigError: an unknown reader or option, or lists of different lengths.
        DataError: from the reader.

    Example:

    >>> rooms = {"reader": "scenes", "world": "room", "look": "photo", "size": [32, 48]}
    >>> parts = {"concatenate": [{"count": 2, "seed": 1}, {"count": 3, "seed": 2}]}
    >>> len(build_source(rooms, parts, "domains.room.splits.train"))
    5
    """
    if isinstance(source, list) or isinstance(split, list):
        sources = source if isinstance(source, list) else [source] * len(split)
        splits = split if isinstance(split, list) else [split] * len(sources)
        if len(sources) != len(splits):
            raise ConfigError(
                f"{place}: {len(splits)} entries for {len(sources)} sources; give one each, or one for all."
            )
        parts = [build_source(a, b, f"{place}.{i}") for i, (a, b) in enumerate(zip(sources, splits, strict=True))]
        return Joined(parts)
    options = lay_over(source, split, "reader")
    rows, image_list, parts = (options.pop(key, None) for key in ("rows", "image_list", "concatenate"))
    if parts is not None:
        if not isinstance(parts, list) or not parts or not all(isinstance(part, dict) for part in parts):
            raise ConfigError(f"{place}.concatenate: {parts!r}; expected a list of one or more splits.")
        built = Concatenated([build_source(options, part, f"{place}.concatenate.{i}") for i, part in enumerate(parts)])
    else:
        built = construct(SOURCES, options, place, key="reader")
    if image_list is not None:
        built = Listed(built, str(image_list))
    return built if rows is None else call(Rows, {}, place, source=built, rows=rows)
