import typing

import pytest

from xdomain_keras.part_options import (
    Option,
    argument_texts,
    first_sentence,
    options_of,
    summary_of,
    type_in_words,
    value_in_words,
)


class Brush:
    """Paints, as Li et al. (2022)
    do. And more.

    Args:
        canvas: given by the program.
        color: of the paint,
            in two lines. A second sentence.
        sizes: in pixels.

    Raises:
        ConfigError: never.
    """

    def __init__(self, canvas, color: typing.Literal["red", "blue"], sizes: tuple = (1, 2), tip=None, **others):
        pass


def test_options_are_those_of_signature_and_docstring():
    assert summary_of(Brush) == "Paints, as Li et al. (2022) do."
    assert options_of(Brush, given=["canvas"]) == [
        Option("color", "one of red | blue", "required", "of the paint, in two lines."),
        Option("sizes", "list", "[1, 2]", "in pixels."),
        Option("tip", "any", "null", ""),
    ]


def test_what_has_no_docstring_has_options_all_the_same():
    def bare(width: int = 3, *rest):
        pass

    assert summary_of(bare) == "" and options_of(bare) == [Option("width", "whole number", "3", "")]


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (str, "str"),
        (float, "number"),
        (bool, "true or false"),
        (dict, "mapping"),
        (typing.Any, "any"),
        (list[str], "list of str"),
        (tuple[float, ...], "list of number"),
        (tuple[int, int], "[whole number, whole number]"),
        (dict[str, float], "mapping of str to number"),
        (None | str | list, "str or list or null"),
        (typing.Optional[list[int]], "list of whole number or null"),  # noqa: UP045
        (typing.Literal["a", "b"] | None, "one of a | b or null"),
        (typing.Annotated[int, "above 0"], "whole number"),
        (Brush, "Brush"),
    ],
)
def test_types_in_words(annotation, words):
    assert type_in_words(annotation) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "null"),
        (False, "false"),
        (1, "1"),
        (5e-4, "0.0005"),
        ("", '""'),
        ((), "[]"),
        ({"a": [None]}, "{a: [null]}"),
    ],
)
def test_values_in_words(value, words):
    assert value_in_words(value) == words


def test_sentences_end_where_a_capital_or_a_name_follows():
    assert first_sentence("Eq. 4 of paper 002. `MMD` follows.") == "Eq. 4 of paper 002."
    assert first_sentence("All of it") == "All of it" and first_sentence("") == ""


def test_arguments_end_with_their_section():
    assert argument_texts("Args:\n  x: one.\n\n  **rest: two.\n\nReturns:\n  y: no.") == {"x": "one.", "rest": "two."}
    assert argument_texts("No section.\n\n    x: no.") == {}
