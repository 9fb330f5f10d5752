import pytest

from xdomain_keras.errors import DataError
from xdomain_keras.experiments.facts import Facts, parse_facts


def test_facts_come_back_from_their_text():
    tasks, baselines = {"detection": {"class_names": ["cat"]}}, {"detection": {"name": "no box", "values": {}}}
    facts = Facts(tasks, {}, baselines, "torch", {"keras": "3.1"}, [{"file": "mine.py", "sha256": "0" * 64}])
    assert parse_facts(facts.as_json(), "facts.json") == facts


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"tasks": 3}',
        '{"tasks": {"detection": 3}}',
        '{"tasks": {}, "taskz": {}}',
        "[" * 99999,
    ]
    + ['{"tasks": {}, "baselines": []}', '{"tasks": {}, "baselines": {"a": 3}}', '{"tasks": {}, "parts": [3]}']
    + [
        '{"tasks": {}, "parts": 3}',
        '{"tasks": {}, "baselines": {"a": {"name": "no box"}}}',
        '{"tasks": {}, "versions": 3}',
    ],
)
def test_a_damaged_file_is_one_line(text):
    with pytest.raises(DataError) as caught:
        parse_facts(text, "runs/a/facts.json")
    message = str(caught.value)
    assert message.startswith("runs/a/facts.json: is damaged (") and "\n" not in message
    assert message.endswith("); restore it, or train the run anew.")
