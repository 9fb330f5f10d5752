"""What a person may set of a part: its options, read off the signature and the docstring."""

import dataclasses
import inspect
import re
import types
import typing

WORDS = {
    inspect.Parameter.empty: "any",
    typing.Any: "any",
    types.NoneType: "null",
    bool: "true or false",
    int: "whole number",
    float: "number",
    str: "str",
    list: "list",
    tuple: "list",
    dict: "mapping",
}
# Where a sentence ends: at a full stop that a capital follows, but that is not of an abbreviation.
SENTENCE = re.compile(r"(?<=[.?!])(?<! al\.)(?<!e\.g\.)(?<!i\.e\.)\s+(?=[A-Z`\"'(])")


@dataclasses.dataclass(frozen=True)
class Option:
    """One option of a part.

    Args:
        name: as a config writes it.
        type: of its value, in words.
        default: as a config would write it, or `required`.
        text: the first sentence of what the docstring says of it.

    Example:

    >>> Option("depth", "whole number", "50", "18, 34, 50 or 101.").default
    '50'
    """

    name: str
    type: str
    default: str
    text: str


def options_of(part, given=()):
    """The options of a class or function.

    Args:
        part: the class or function.
        given: names of the arguments that the program gives it and a config may not.

    Returns:
        list of `Option`, in the order of the signature.

    Example:

    >>> def paint(size, color: typing.Literal["red", "blue"] = "red"):
    ...     '''Paint.
    ...
    ...     Args:
    ...         size: of the picture.
    ...         color: of the brush. It fades.
    ...     '''
    >>> options_of(paint, given=["size"])
    [Option(name='color', type='one of red | blue', default='red', text='of the brush.')]
    """
    texts, options = argument_texts(inspect.getdoc(part) or ""), []
    for parameter in inspect.signature(part, eval_str=True).parameters.values():
        if parameter.name in given or parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        default = "required" if parameter.default is parameter.empty else value_in_words(parameter.default)
        text = first_sentence(texts.get(parameter.name, ""))
        options.append(Option(parameter.name, type_in_words(parameter.annotation), default, text))
    return options


def summary_of(part):
    """The first sentence of a part's docstring, in one line.

    Example:

    >>> summary_of(summary_of)
    "The first sentence of a part's docstring, in one line."
    """
    return first_sentence((inspect.getdoc(part) or "").split("\n\n")[0])


def first_sentence(text):
    """The first sentence of a text, in one line.

    Example:

    >>> first_sentence("As Li et al. (2022,\\n  Eq. 4) have it. More.")
    'As Li et al. (2022, Eq. 4) have it.'
    """
    return SENTENCE.split(" ".join(text.split()), maxsplit=1)[0]


def argument_texts(docstring):
    """What a docstring says of each argument.

    Args:
        docstring: str without the indentation of the code, with a section `Args:`.

    Returns:
        dict of name → text.

    Example:

    >>> argument_texts("Do.\\n\\nArgs:\\n    x: one,\\n        in two lines.\\n    y: two.\\n\\nReturns:\\n    z: no.")
    {'x': 'one, in two lines.', 'y': 'two.'}
    """
    section = re.search(r"^Args:\n((?:[ \t]+.*\n?|\n)*)", docstring, re.MULTILINE)
    lines, texts, name = section[1].splitlines() if section else [], {}, None
    outer = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    for line in lines:
        entry = re.match(rf" {{{outer}}}\**(\w+):\s*(.*)", line)
        if entry:
            name = entry[1]
            texts[name] = entry[2]
        elif name:
            texts[name] += f" {line.strip()}"
    return {name: text.strip() for name, text in texts.items()}


def type_in_words(annotation):
    """An annotation as a person would say it.

    Example:

    >>> type_in_words(list[str] | None), type_in_words(typing.Literal["l1", "l2"]), type_in_words(tuple[int, int])
    ('list of str or null', 'one of l1 | l2', '[whole number, whole number]')
    """
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Literal:
        return f"one of {' | '.join(map(value_in_words, inner))}"
    if origin is typing.Annotated:
        return type_in_words(inner[0])
    if origin in (typing.Union, types.UnionType):
        ordered = sorted(inner, key=lambda each: each is types.NoneType)  # null stands last
        return " or ".join(map(type_in_words, ordered))
    if origin is list or (origin is tuple and inner[-1] is Ellipsis):
        return f"list of {type_in_words(inner[0])}"
    if origin is tuple:
        return f"[{', '.join(map(type_in_words, inner))}]"
    if origin is dict:
        return f"mapping of {' to '.join(map(type_in_words, inner))}"
    return WORDS.get(annotation) or getattr(annotation, "__name__", str(annotation))


def value_in_words(value):
    """A value as a config writes it.

    Example:

    >>> value_in_words((1, None, "c3", True, {"a": 0.5}))
    '[1, null, c3, true, {a: 0.5}]'
    """
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(value_in_words, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {value_in_words(item)}' for key, item in value.items())}}}"
    return str(value) if value != "" else '""'
