"""Reading YAML that anybody may have written: plain values, of a size that can be worked with, or one line."""

import yaml

from xdomain_keras.errors import ConfigError

# Far above any config, and far below what takes minutes or exhausts Python's stack once it is read.
MAX_DEPTH = 50
MAX_VALUES = 100_000
# Keys below which plain words, numbers and truth values are names, which stay as they are written: a class may be
# called `no`. The keys of a mapping are names too below the first of them; below the last, numbers stay numbers.
NAMES = ("classes", "class_names", "categories", "annotates", "hide", "background", "names", "ids")
PLAIN_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "str", "seq", "map")}


class PlainLoader(yaml.SafeLoader):
    """YAML of plain values only, whose size stays bounded when its aliases are written out.

    A key that is written twice is the mistake that it looks like, and dates stay text.
    """

    def __init__(self, stream):
        super().__init__(stream)
        self.sizes = {}  # node → (number of values, depth), with aliases written out

    def compose_node(self, parent, index):
        aliased = self.check_event(yaml.AliasEvent)
        node = super().compose_node(parent, index)
        if aliased and node not in self.sizes:
            raise complaint("an alias stands within what it names", node)
        if not aliased:
            children = [self.sizes[child] for child in children_of(node)]
            values, depth = 1 + sum(size for size, _ in children), 1 + max((below for _, below in children), default=0)
            if values > MAX_VALUES:
                raise complaint(f"more than {MAX_VALUES} values once its aliases are written out", node)
            if depth > MAX_DEPTH:
                raise complaint(f"nested more than {MAX_DEPTH} deep", node)
            self.sizes[node] = values, depth
        return node

    def construct_object(self, node, deep=False):
        if node.tag not in PLAIN_TAGS:
            raise complaint(f"the tag {shown_tag(node)} is not known here; write a plain value", node)
        try:
            value = super().construct_object(node, deep)
            if isinstance(value, str):
                value.encode()  # half a surrogate pair, written as an escape, cannot be saved
        except (ValueError, KeyError, AttributeError, OverflowError):
            raise complaint(f"{node.value[:40]!r} cannot be read as {shown_tag(node)}", node) from None
        if isinstance(value, int) and value.bit_length() > 63:
            raise complaint("a whole number of more than 63 bits", node)
        return value

    def construct_mapping(self, node, deep=False):
        for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
            if key.value in NAMES:
                keep_names(value, key.value)
        seen = set()
        for key in (each for each in children_of(node)[::2] if isinstance(each, yaml.ScalarNode)):
            if (key.tag, key.value) in seen:
                raise complaint(f"key `{key.value}` stands twice", key)
            seen.add((key.tag, key.value))
        return super().construct_mapping(node, deep)


PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def keep_names(node, key):
    """Mark the scalars below one of the `NAMES` as text, so that `no` stays `no` and `007` stays `007`."""
    kinds = ("bool",) if key == "ids" else ("bool", "int", "float")
    if isinstance(node, yaml.ScalarNode):
        if node.style is None and node.tag in [f"tag:yaml.org,2002:{kind}" for kind in kinds]:
            node.tag = "tag:yaml.org,2002:str"
    elif isinstance(node, yaml.SequenceNode) or key == NAMES[0]:
        for child in children_of(node):
            keep_names(child, key)
        for child in children_of(node)[:: 1 if isinstance(node, yaml.SequenceNode) else 2]:
            keep_null(child)
    else:
        for child in children_of(node)[1::2]:
            keep_names(child, key)


def keep_null(node):
    """Mark the word `null` as text where it names something; as the value of a key it takes that key away."""
    if isinstance(node, yaml.ScalarNode) and node.style is None and node.value.casefold() == "null":
        node.tag = "tag:yaml.org,2002:str"


def parse_yaml(text, place, key=None):
    """Read a text of YAML.

    Args:
        text: str.
        place: what the text is, for the message: a file or an override.
        key: the key of a config whose value the text is, where it is one of `NAMES`.

    Returns:
        Plain values: dict, list, str, int, float, bool, None.

    Raises:
        ConfigError: it is not YAML, has tags of its own, is nested too deeply or grows without bound.

    Example:

    >>> parse_yaml("{depth: 18, day: 2024-05-01}", "model.backbone")
    {'depth': 18, 'day': '2024-05-01'}
    >>> parse_yaml("{names: [yes, no, 7], ids: {1: no}}", "source")
    {'names': ['yes', 'no', '7'], 'ids': {1: 'no'}}
    """
    try:
        loader = PlainLoader(text)
        try:
            node = loader.get_single_node()
            if node is not None and key in NAMES:
                keep_names(node, key)
            return None if node is None else loader.construct_document(node)
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = " ".join(str(getattr(error, "problem", error)).split())
        raise ConfigError(f"{place}: not YAML{where}: {problem}.") from None
    except RecursionError:  # before the depth could be counted
        raise ConfigError(f"{place}: not YAML: nested more than {MAX_DEPTH} deep.") from None


def children_of(node):
    """The nodes right below a node."""
    if isinstance(node, yaml.MappingNode):
        return [each for pair in node.value for each in pair]
    return node.value if isinstance(node, yaml.SequenceNode) else []


def complaint(problem, node):
    """The error of the parser, with the node's place."""
    return yaml.constructor.ConstructorError(None, None, problem, node.start_mark)


def shown_tag(node):
    """A tag as it is written: `!!float`."""
    return node.tag.replace("tag:yaml.org,2002:", "!!")[:40]
