"""Signatures as schemas: what a function takes is checked by its own annotations, with a did-you-mean."""

import difflib
import inspect
import re
import textwrap
import typing
import unicodedata

import pydantic

from xdomain_keras.errors import ConfigError

WRITTEN = {
    "tuple_type": "expected a list, written [a, b]",
    "list_type": "expected a list, written [a, b], of one [a]",
    "dict_type": "expected a mapping, written {key: value}",
    "model_type": "expected a mapping, written {key: value}",
    "too_short": "expected one entry or more",
}


def construct(kinds, options, place, /, *, key="name", **given):
    """Call one of several classes or functions with the options that a config gives it.

    The signature is the schema: unknown options and wrong types are one-line errors.

    Args:
        kinds: dict of name → callable.
        options: dict with `key` naming the callable and its keyword arguments.
        place: where the options stand, for the error (`domains.road.source`).
        key: the option that names the callable.
        **given: arguments that the program gives and the config may not.

    Returns:
        What the callable returns.

    Raises:
        ConfigError: unknown name, unknown option, missing option, wrong type.
    """
    options = dict(options)
    name = options.pop(key, None)
    if name is None:
        raise ConfigError(f"{place}: `{key}` is missing; {suggest(name, kinds)}")
    require_known(key, name, kinds, place)
    return call(kinds[name], options, place, **given)


def call(function, options, place, /, **given):
    """Call `function` with config `options` checked against its signature, and with `given` as they are."""
    fields = {}
    for parameter in inspect.signature(function, eval_str=True).parameters.values():
        if parameter.name in given or parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        annotation = typing.Any if parameter.annotation is parameter.empty else parameter.annotation
        default = ... if parameter.default is parameter.empty else parameter.default
        fields[parameter.name] = (annotation, default)
    config = pydantic.ConfigDict(
        extra="forbid", arbitrary_types_allowed=True, protected_namespaces=(), allow_inf_nan=False
    )
    schema = pydantic.create_model(function.__name__, __config__=config, **fields)
    values = validate(schema, options, place)
    try:
        return function(**{name: getattr(values, name) for name in values.model_fields_set}, **given)
    except ConfigError as error:  # of two options that do not go together, as who is called sees it
        if place in str(error):
            raise
        raise ConfigError(f"{place}: {error}") from None


def check_choices(kind, /, **given):
    """Raise a `ConfigError` where a value is none of those that the signature's `Literal` lists.

    What a config gives is checked by `call`; this is for who calls the class.

    Example:

    >>> def paint(color: typing.Literal["red", "blue"] = "red"):
    ...     check_choices(paint, color=color)
    >>> paint("blu")
    Traceback (most recent call last):
    xdomain_keras.errors.ConfigError: paint: unknown color `blu`; did you mean `blue`?
    """
    for name, value in given.items():
        annotation = inspect.signature(kind, eval_str=True).parameters[name].annotation
        require_known(name, value, choices_of(annotation), kind.__name__)


def choices_of(annotation):
    """The values that a `Literal` lists; those of all members where it stands in a union.

    Example:

    >>> choices_of(typing.Literal["one", "random"] | None)
    ('one', 'random', None)
    """
    members = typing.get_args(annotation)
    if typing.get_origin(annotation) is typing.Literal:
        return members
    return tuple(value for member in members for value in choices_of(member)) or (None,)


def require_known(what, name, known, place=""):
    """Raise a `ConfigError` unless a name is one of those that are known only when the program runs.

    Names that are the same in every program are a `typing.Literal` of a signature, see `check_choices`.

    Args:
        what: what the name is of, in words: "task", "feature".
        name: what was given, of any type.
        known: iterable of the names that there are.
        place: where it was given, for the message.

    Example:

    >>> require_known("task", "dept", ["depth", "normals"], "domains.road.tasks")
    Traceback (most recent call last):
    xdomain_keras.errors.ConfigError: domains.road.tasks: unknown task `dept`; did you mean `depth`?
    """
    known = list(known)  # in which what cannot be a key of a dict is looked for like anything else
    if name not in known:
        start = f"{place}: " if place else ""
        raise ConfigError(f"{start}unknown {what} `{str(name)[:80]}`; {suggest(name, known)}")


def validate(schema, tree, place):
    """Build a pydantic model; the first fault becomes a one-line `ConfigError`."""
    try:
        return schema.model_validate(tree)
    except pydantic.ValidationError as error:
        # What is missing is often there under another name: that one is the more telling.
        first = min(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
        path = ".".join(map(str, first["loc"])).removesuffix(".[key]")
        if first["type"] == "extra_forbidden":
            known = known_keys(schema, first["loc"][:-1])
            raise ConfigError(f"{place}: unknown key `{path}`; {suggest(first['loc'][-1], known)}") from None
        if first["type"] == "missing":
            raise ConfigError(f"{place}: `{path}` is missing; add it.") from None
        path, given = re.sub(r"\.(constrained-|\w+\[).*", "", path), repr(first["input"])  # without the names of types
        message = WRITTEN.get(first["type"], lower_first(first["msg"]))
        raise ConfigError(f"{place}: `{path}` is {given[:80]}; {message}.") from None


def known_keys(schema, location):
    """The keys that a nested section of `schema` may have."""
    for part in location:
        if hasattr(schema, "model_fields"):
            schema = schema.model_fields[part].annotation
        else:  # `part` is a key of a dict or a place in a list: what it holds is the last type argument
            schema = typing.get_args(schema)[-1]
    return list(getattr(schema, "model_fields", {}))


def suggest(given, known):
    """A did-you-mean for a name, or the list of what is known."""
    known = [name for name in known if name is not None]
    close = difflib.get_close_matches(str(given)[:80], map(str, known), n=1)
    if close:
        return f"did you mean `{close[0]}`?"
    if not known:
        return "there are none."
    names = sorted(known, key=lambda name: (name if isinstance(name, int) else 0, str(name)))
    more = f" and {len(names) - 20} more" if len(names) > 20 else ""
    return textwrap.shorten(f"known are {', '.join(map(str, names[:20]))}{more}.", 240, placeholder=" …")


def lower_first(text):
    """The text with its first letter in lower case, to stand within a sentence."""
    return text[:1].lower() + text[1:]


def fold(name):
    """A name without what different spellings of one word differ in.

    Example:

    >>> fold("Traffic_Light") == fold("traffic light"), fold("cafe\u0301") == fold("caf\u00e9")
    (True, True)
    """
    spelled = unicodedata.normalize("NFKC", name).casefold()
    return spelled.replace(" ", "").replace("_", "").replace("-", "")
