"""Class names as a config gives them: a list, numbers with names, or a YAML file of either."""

from xdomain_keras.data.fault import DataFault
from xdomain_keras.errors import ConfigError
from xdomain_keras.yaml_text import parse_yaml


def read_class_names(names, repeated=False):
    """Return the names by the number that stands for each in the labels.

    Args:
        names: list of names, dict of number → name, or the path of a YAML file with either under `names` or `classes`.
        repeated: whether two numbers may have one name.

    Returns:
        dict of int → str, in the order given.

    Raises:
        ConfigError: no names, or one twice.
        DataError: the file cannot be read, or holds no names, or one twice.

    Example:

    >>> read_class_names(["road", "sky"]), read_class_names({7: "road", 23: "sky"})
    ({0: 'road', 1: 'sky'}, {7: 'road', 23: 'sky'})
    """
    if not names:
        raise ConfigError("names: empty; give the class names, or a YAML file that holds them.")
    if isinstance(names, str):
        return _read_file(names, repeated)
    named = _number(names)
    if named is None:
        raise ConfigError(f"names: {names!r:.80}; expected a list, or a mapping of numbers to names.")
    if not repeated:
        _require_different(named, lambda message: ConfigError(f"names: {message}"))
    return named


def require_consecutive(named, place="names"):
    """Raise where numbers have gaps, in a format whose labels are indices.

    Args:
        named: dict of int → str.
        place: str, where the names stand: the path of a file, or the key of a config.

    Returns:
        List of str, the names in order.

    Raises:
        DataError: the numbers are not 0, 1, 2, …

    Example:

    >>> require_consecutive({1: "sky", 0: "road"})
    ['road', 'sky']
    """
    if sorted(named) != list(range(len(named))):
        raise DataFault(place, "names", f"ids {', '.join(map(str, named))}; expected 0 to {len(named) - 1}.")
    return [named[number] for number in range(len(named))]


def _number(names):
    """Dict of number → name, or None where that is not what was given."""
    names = dict(enumerate(names)) if isinstance(names, list) else names
    if not isinstance(names, dict) or not all(str(number).isdecimal() for number in names):
        return None
    if not all(isinstance(name, str | int | float) and str(name).strip() for name in names.values()):
        return None
    return {int(number): str(name) for number, name in names.items()}


def _require_different(named, complain):
    """Raise what `complain` makes of a message where two numbers have one name."""
    seen = {}
    for number, name in named.items():
        if seen.setdefault(name, number) != number:
            raise complain(f"`{name}` is the name of {seen[name]} and of {number}; give each a name of its own.")


def _read_file(path, repeated):
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise DataFault(path, "", f"cannot be read ({error}); expected a YAML file with names.") from None
    try:
        content = parse_yaml(text, path)
    except ConfigError as error:
        raise DataFault(path, "", f"{str(error).removeprefix(f'{path}: ')}") from None
    content = content if isinstance(content, dict) else {}
    names = content.get("names", content.get("classes"))
    if not names or (named := _number(names)) is None:
        raise DataFault(path, "names", f"{names!r:.80}; expected a list or a mapping of numbers to names.")
    if not repeated:
        _require_different(named, lambda message: DataFault(path, "names", message))
    return named
