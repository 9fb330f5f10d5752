import time

import pytest

from xdomain_keras.errors import ConfigError
from xdomain_keras.overrides import parse_override
from xdomain_keras.yaml_text import MAX_DEPTH, MAX_VALUES, parse_yaml

BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 40))
MERGED = "a0: &a0 {k: 1}\n" + "".join(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 40))
CHAIN = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 5000))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: [1", "not YAML at line 1"),
        ("a: 1\na: 2", "not YAML at line 2, column 1: key `a` stands twice."),
        ("a: \0", "not YAML: unacceptable character #x0000"),
        ("{[1]: 2}", "found unhashable key"),
        ("a: !!float x", "not YAML at line 1, column 4: 'x' cannot be read as !!float."),
        ("a: !!int x", "'x' cannot be read as !!int."),
        ("a: !!bool x", "'x' cannot be read as !!bool."),
        ("a: !!timestamp x", "the tag !!timestamp is not known here; write a plain value."),
        ("a: !!binary x", "the tag !!binary is not known here"),
        ("a: !!set {b, c}", "the tag !!set is not known here"),
        ("a: !!python/object/apply:os.getcwd []", "the tag !!python/object/apply:os.getcwd is not known here"),
        ("a: !mine 3", "the tag !mine is not known here"),
        ("a: =", "the tag !!value is not known here"),
        ("a: !!map 3", "expected a mapping node"),
        ("a: " + 5000 * "9", "999999999' cannot be read as !!int."),
        ("a: 0x" + 20 * "f", "a whole number of more than 63 bits."),
        (r'a: "\ud800"', "cannot be read as !!str."),
        ("a: &a [*a]", "an alias stands within what it names."),
        ("a: &a {b: {c: *a}}", "an alias stands within what it names."),
        ("a: &a {<<: *a}", "an alias stands within what it names."),
        ("a: *b", "found undefined alias"),
        ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), f"nested more than {MAX_DEPTH} deep."),
        ("[" * 100_000, f"nested more than {MAX_DEPTH} deep."),
        ("{a: " * 3000 + "1" + "}" * 3000, f"nested more than {MAX_DEPTH} deep."),
        (CHAIN, f"nested more than {MAX_DEPTH} deep."),
        (BOMB, f"more than {MAX_VALUES} values once its aliases are written out."),
        (MERGED, f"more than {MAX_VALUES} values once its aliases are written out."),
    ],
    ids=lambda text: text[:25],
)  # fmt: skip
def test_what_cannot_be_read_is_one_short_line_at_once(text, expected):
    start = time.process_time()
    with pytest.raises(ConfigError) as error:
        parse_yaml(text, "place")
    assert time.process_time() - start < 10
    message = str(error.value)
    assert message.startswith("place: not YAML") and expected in message
    assert message.isprintable() and len(message) < 200


def test_plain_values_are_read():
    text = (
        "a: 1\nb: [1.5, yes, null, ~, text, '3']\nc: {d: &d {e: f}, g: {<<: *d, h: *d}}\n"
        "i: 2024-05-01\nj: -9223372036854775807"
    )
    assert parse_yaml(text, "place") == {
        "a": 1,
        "b": [1.5, True, None, None, "text", "3"],
        "c": {"d": {"e": "f"}, "g": {"e": "f", "h": {"e": "f"}}},
        "i": "2024-05-01",
        "j": -(2**63) + 1,
    }
    assert parse_yaml("", "place") is None and parse_yaml("!!str 3", "place") == "3"


def test_what_is_just_small_enough_is_read():
    assert parse_yaml("[" * (MAX_DEPTH - 1) + "1" + "]" * (MAX_DEPTH - 1), "place")
    assert len(parse_yaml(f"[{'1, ' * (MAX_VALUES - 1)}]", "place")) == MAX_VALUES - 1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (
            "names: [no, yes, on, 3, 1.10, 007, 2024-05-01, ~]",
            ["no", "yes", "on", "3", "1.10", "007", "2024-05-01", None],
        ),
        ("names: {0: no, 7: off}", {0: "no", 7: "off"}),
        ("classes: {detection: {no: yes, 3: [on, 4]}}", {"detection": {"no": "yes", "3": ["on", "4"]}}),
        ("annotates: {detection: [no]}", {"detection": ["no"]}),
        ("class_names: [yes]", ["yes"]),
        ("categories: [off]", ["off"]),
        ("hide: {detection: [no, 7]}", {"detection": ["no", "7"]}),
        ("background: no", "no"),
        ("class_names: [null, a]", ["null", "a"]),
        ("class_names: null", None),
        ("names: [~, a]", [None, "a"]),
        (
            "classes: {detection: {null: a, b: null}, depth: null}",
            {"detection": {"null": "a", "b": None}, "depth": None},
        ),
        ("ids: {1: sky, 2: no, 3: 0}", {1: "sky", 2: "no", 3: 0}),
        ("stride: no", False),
    ],
)
def test_names_stay_as_they_are_written(text, value):
    assert list(parse_yaml(text, "a.yaml").values()) == [value]
    key, _, rest = text.partition(": ")
    assert parse_yaml(rest, "override", key) == value


def test_overrides_keep_names_too():
    assert parse_override("tasks.a.class_names=[no, 3]") == {"tasks": {"a": {"class_names": ["no", "3"]}}}
    for text in ("domains.a.classes={b: {yes: no}}", "domains.a.classes.b.yes=no"):
        assert parse_override(text)["domains"]["a"]["classes"] == {"b": {"yes": "no"}}
